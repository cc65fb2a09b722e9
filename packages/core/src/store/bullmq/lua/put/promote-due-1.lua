--[[
  Moves the jobs of a lane whose time has come to the tail of its wait list (Q1). Claims of BullMQ's
  would do so by the clock of their host, and lose due jobs where one record is damaged: they are
  sent with an empty set in the place of `delayed`.

  KEYS: delayed
  ARGV: prefix (of the lane)
  Reply: { how many were moved, when the next one is due: milliseconds since 1970, 0 for none }
  Events: 'waiting' for each of them, 'dead-letters' for what is no job
]]
--- @include "queue-lists"
local delayedKey = KEYS[1]
local prefix = ARGV[1]

local count = promoteDue(prefix)
local _, score = unpack(redis.call('ZRANGE', delayedKey, 0, 0, 'WITHSCORES'))
return { count, score and math.floor(tonumber(score) / 0x1000) or 0 }
