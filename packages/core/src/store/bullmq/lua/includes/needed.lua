-- A job that has ended is kept for others that waited for it, though it stands below none of them (J5, J9).
--- @include "joining-job"
--- @include "keys-in"

local function isUnfinished(key)
  local name, finishedOn = unpack(redis.call('HMGET', key, 'name', 'finishedOn'))
  return name and not finishedOn
end

-- neededBy: JSON of the keys that waited for it; in a row the job that waits is above these.
local function isNeeded(neededBy)
  for _, key in ipairs(keysIn(neededBy)) do
    local joiningKey = joiningJob(key)
    if isUnfinished(key) or joiningKey and isUnfinished(joiningKey) then return true end
  end
  return false
end
