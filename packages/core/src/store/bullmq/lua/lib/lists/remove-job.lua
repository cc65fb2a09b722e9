-- Removes a job with all that is stored for it, and settles the jobs that wait for it.
--- @include "key-entries"
--- @include "open-pack"
--- @include "settle"
--- @include "stored-at"

local JOB_KEYS = { '', ':lock', ':dependencies', ':processed', ':failed', ':unsuccessful', ':logs',
  ':annotations', ':once', ':values' }

-- Deletes all keys of a job, and its entries among the unroutable jobs and the dead letters (J9).
local function deleteJobKeys(jobKey)
  local base, id = splitJobKey(jobKey)
  -- A key of another type has no fields (B1).
  local parts, key, till = unpack(redis.pcall('HMGET', jobKey, 'packParts', 'key', 'keyUntil'))
  -- Most jobs are no packs: their arguments need not be read.
  local pack = parts and readPack(base, id)
  if pack then forgetParts(pack) end
  if key then pcall(freeKeyOf, jobKey, key, till, true) end
  local keys = {}
  for i, suffix in ipairs(JOB_KEYS) do keys[i] = jobKey .. suffix end
  redis.call('UNLINK', unpack(keys))
  forgetPutAt(jobKey)
  redis.pcall('HDEL', base .. 'unknown', id)
  redis.pcall('HDEL', base .. 'dead-letters', id)
end

local removeCallbacks, settleExpected

-- Removes a job that is in no list, with its deferred callbacks. waitingKey, outerKey: the job that
-- waits for it as the parent, and the outer job; nil for none. More fields of the event follow.
local function removeJob(key, now, waitingKey, outerKey, ...)
  local dependents = redis.call('HGET', key, 'dependents')
  settleExpected(key, now)
  removeCallbacks(key, now)
  local base, id = splitJobKey(key)
  deleteJobKeys(key)
  emit(base, 'removed', id, ...)
  if waitingKey then settleRemoved(waitingKey, outerKey, key, now) end
  settleDependents(dependents, key, now)
end

-- The same, for the job that waits for it by its record.
local function removeFromFlow(key, ...)
  local parentKey, parent = fieldsOf(key, 'parentKey', 'parent')
  removeJob(key, redisTime(), parentKey, parentKey and outerAbove(parentKey, parent), ...)
end

-- Removes the deferred callbacks of a job that is removed before its end.
function removeCallbacks(ownerKey, now)
  local callbacks = cjson.decode(redis.call('HGET', ownerKey, 'callbacks') or '[]')
  for _, key in ipairs(callbacks) do removeJob(key, now) end
end

-- Settles the dependents of the jobs that an origin was to store and has not stored (J12). Such a
-- job has no name yet.
function settleExpected(originKey, now)
  for _, key in ipairs(keysIn(redis.call('HGET', originKey, 'expected'))) do
    if not isStored(key) then
      local dependents = redis.call('HGET', key, 'dependents')
      settleExpected(key, now)
      removeCallbacks(key, now)
      redis.call('DEL', key)
      settleDependents(dependents, key, now)
    end
  end
end
