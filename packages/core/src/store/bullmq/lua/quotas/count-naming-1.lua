--[[
  Counts the jobs that name a quota and stand in none of its lists (Q5): they wait for their time,
  or for another quota. A piece of them at a time: a set may have any number of members.

  KEYS: set (the delayed or the parked jobs of a lane)
  ARGV: base (of the lane's keys), name, after (a score; '-inf' for all)
  Reply: { number of the jobs, the score to go on after, or '' at the end }
]]
--- @include "quota-order"
local base, wanted, after = unpack(ARGV)
local PIECE = 1000

local from = after == '-inf' and after or '(' .. after
local found = redis.call('ZRANGEBYSCORE', KEYS[1], from, '+inf', 'WITHSCORES', 'LIMIT', 0, PIECE)
local count = 0
for i = 1, #found, 2 do
  local id = found[i]
  for _, name in ipairs(quotasOf(base .. id)) do
    if name == wanted and not redis.call('ZSCORE', laneKey(base, name, 'queued'), id) then count = count + 1 end
  end
end
return { count, #found < 2 * PIECE and '' or found[#found] }
