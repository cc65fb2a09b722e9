--[[
  Says where jobs are stored that are not stored at their places: others may have had them as new
  jobs, and put them (J12).

  KEYS: the first job
  ARGV: the keys of the jobs
  Reply: for each the key under which it is stored; '' where it is stored under its own, or nowhere
]]
--- @include "put-at"
local found = {}
for i, key in ipairs(ARGV) do found[i] = redis.call('HEXISTS', key, 'name') == 0 and putElsewhere(key) or '' end
return found
