--[[
  Finds ended jobs that retention may remove by themselves: they are no parts of a stored job, and
  no job that has not ended needs them (J9).

  KEYS: ended (`completed` or `failed` of a lane)
  ARGV: base, side ('newest' or 'oldest' first), start, stop,
        before (ms since 1970: only those that ended earlier)
  Reply: the number of jobs that were looked at, then id and time of each that was found
]]
--- @include "parents"
local endedKey = KEYS[1]
local base, side, start, stop, before = unpack(ARGV)

local command = side == 'newest' and 'ZREVRANGE' or 'ZRANGE'
local found = redis.call(command, endedKey, start, stop, 'WITHSCORES')
local roots = { 0 }
for i = 1, #found, 2 do
  if tonumber(found[i + 1]) >= tonumber(before) then break end
  roots[1] = roots[1] + 1
  local parentKey, partOf, neededBy = fieldsOf(base .. found[i], 'parentKey', 'partOf', 'neededBy')
  if standsByItself(parentKey, partOf) and not isNeeded(neededBy) then
    roots[#roots + 1] = found[i]
    roots[#roots + 1] = found[i + 1]
  end
end
return roots
