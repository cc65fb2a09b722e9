-- For whom a job that has ended is kept: the one that it is a part of, and others that waited for
-- it (J5, J9).
--- @include "joining-job"
--- @include "keys-in"

local function isUnfinished(key)
  local name, finishedOn = unpack(redis.call('HMGET', key, 'name', 'finishedOn'))
  return name and not finishedOn
end

-- partOf: the key of the one that it was a part of.
local function standsByItself(parentKey, partOf)
  return not (parentKey and redis.call('EXISTS', parentKey) == 1 or partOf and redis.call('EXISTS', partOf) == 1)
end

-- neededBy: JSON of the keys that waited for it; in a row the job that waits is above these.
local function isNeeded(neededBy)
  for _, key in ipairs(keysIn(neededBy)) do
    local joiningKey = joiningJob(key)
    if isUnfinished(key) or joiningKey and isUnfinished(joiningKey) then return true end
  end
  return false
end
