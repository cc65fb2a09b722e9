--[[
  Counts the jobs of a set that have a quota and are in no list of it (Q5): they are delayed, or
  wait for another quota. A call reads a piece of the set, which may be large.

  KEYS: set (`delayed` or `parked` of a lane)
  ARGV: base (of the lane), name, after (a score; '-inf' for the first piece)
  Reply: { the number of such jobs, the score to go on after, or '' at the end }
]]
--- @include "quota-order"
local base, wanted, after = unpack(ARGV)
local PIECE = 1000

local function isInList(name, id)
  return redis.call('ZSCORE', laneKey(base, name, 'queued'), id)
    or redis.call('ZSCORE', laneKey(base, name, 'line'), id)
end

local from = after == '-inf' and after or '(' .. after
local found = redis.call('ZRANGEBYSCORE', KEYS[1], from, '+inf', 'WITHSCORES', 'LIMIT', 0, PIECE)
local count = 0
for i = 1, #found, 2 do
  local id = found[i]
  for _, name in ipairs(quotasOf(base .. id)) do
    local isWanted = name == wanted or keyedQuotaOf(name) == wanted .. '/'
    if isWanted and not isInList(name, id) then count = count + 1 end
  end
end
return { count, #found < 2 * PIECE and '' or found[#found] }
