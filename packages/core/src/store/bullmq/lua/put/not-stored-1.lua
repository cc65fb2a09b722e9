--[[
  Says which of many jobs are not stored.

  KEYS: the first job
  ARGV: the keys of the jobs
  Reply: their positions in the list, from 1
]]
--- @include "packs"
local found = {}
for i, key in ipairs(ARGV) do
  local isThere = redis.pcall('HEXISTS', key, 'name') == 1 or packWith(splitJobKey(key))
  if not isThere then found[#found + 1] = i end
end
return found
