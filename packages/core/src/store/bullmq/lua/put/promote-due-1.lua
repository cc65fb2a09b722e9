--[[
  Moves the due jobs of a lane to the tail of its wait list (Q1). BullMQ's claims would do so by the
  clock of their host, and would lose due jobs where one record is damaged. So they are sent with an
  empty set in the place of `delayed`.

  KEYS: delayed
  ARGV: base (of the lane)
  Reply: { the number of moved jobs, when the next one is due: ms since 1970, 0 for none }
  Events: 'waiting' for each moved job, 'dead-letters' for each entry that is no job
]]
--- @include "bullmq-lists"
local delayedKey, base = KEYS[1], ARGV[1]

local count = promoteDue(base)
local _, score = unpack(redis.call('ZRANGE', delayedKey, 0, 0, 'WITHSCORES'))
return { count, score and math.floor(tonumber(score) / 0x1000) or 0 }
