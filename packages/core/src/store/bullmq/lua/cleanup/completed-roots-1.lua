--[[
  Looks through jobs that have ended for those that may be removed by themselves: not parts of a job
  that is stored, nor needed by one that has not ended (J9).

  KEYS: ended (a set of BullMQ: completed or failed)
  ARGV: prefix, side ('newest' or 'oldest' first), start, stop, before (milliseconds since 1970:
    only those that ended earlier)
  Reply: how many were looked at, then id and time of each that stands by itself
]]
--- @include "needed"
local endedKey = KEYS[1]
local prefix, side, start, stop, before = unpack(ARGV)

local found = redis.call(side == 'newest' and 'ZREVRANGE' or 'ZRANGE', endedKey, start, stop, 'WITHSCORES')
local roots = { 0 }
for i = 1, #found, 2 do
  if tonumber(found[i + 1]) >= tonumber(before) then break end
  roots[1] = roots[1] + 1
  local parentKey, partOf, neededBy = unpack(redis.call('HMGET', prefix .. found[i], 'parentKey', 'partOf', 'neededBy'))
  if standsByItself(parentKey, partOf) and not isNeeded(neededBy) then
    roots[#roots + 1] = found[i]
    roots[#roots + 1] = found[i + 1]
  end
end
return roots
