--[[
  Says under which other keys jobs are stored, where other holders of the new jobs have put them
  (J12).

  KEYS: the first job
  ARGV: the keys of the jobs
  Reply: for each the other key; '' where the job is stored under its own key, or nowhere
]]
--- @include "stored-at"
local found = {}
for i, key in ipairs(ARGV) do
  found[i] = not isStored(key) and putElsewhere(key) or ''
end
return found
