--[[
  Stores the result of a job that has callbacks, and lets them run, one after another, below the
  job, which waits for them without a lock and without a slot (J7). Fenced by the holder of the job
  (I5). Where it has none, nothing is changed.

  KEYS: job, lock, owned (of the dispatcher that owns the job while it waits)
  ARGV: token, jobId, prefix, result ('v' and the JSON of the value, or 'f' and that of the
    failure), owner, member (of owned), timestamp
  Reply: 0 there are none; -10 they have begun; -3, -4, -6 as BullMQ's finish refuses
  Events: 'waiting-children' of the job, 'waiting', 'delayed' or 'waiting-children' of each callback
]]
--- @include "callbacks-to-run"
--- @include "defer-callbacks"
--- @include "release-callback"
--- @include "waiting-owner"
local jobKey, lockKey, ownedKey = KEYS[1], KEYS[2], KEYS[3]
local token, jobId, prefix, result, owner, member, timestamp = unpack(ARGV)

if redis.call('GET', lockKey) ~= token then return -6 end
local callbacks = callbacksToRun(jobKey)
if #callbacks == 0 then
  redis.call('DEL', jobKey .. ':unsuccessful')
  return 0
end
local isFailure = string.sub(result, 1, 1) == 'f'
if not isFailure and redis.call('SCARD', jobKey .. ':dependencies') ~= 0 then return -4 end
if redis.call('LREM', prefix .. 'active', -1, jobId) == 0 then return -3 end
-- What a failed job has scheduled before is no longer waited for.
redis.call('DEL', lockKey, jobKey .. ':unsuccessful', jobKey .. ':dependencies')
redis.call('SREM', prefix .. 'stalled', jobId)

-- Each is the child of the next, the last one that of the job: what ends one starts the next.
for i, key in ipairs(callbacks) do
  local parentKey = callbacks[i + 1] or jobKey
  local parentPrefix, parentId = splitJobKey(parentKey)
  -- `idof`: a callback that fails is done, for what waits for it.
  redis.call('HSET', key, 'parentKey', parentKey,
    'parent', cjson.encode({ id = parentId, queueKey = string.sub(parentPrefix, 1, -2), idof = true }))
  redis.call('SADD', parentKey .. ':dependencies', key)
end
for i = #callbacks, 1, -1 do releaseCallback(callbacks[i], result, i == 1, timestamp) end

redis.call('HDEL', jobKey, 'callbacks')
listCallbacks(jobKey, 'ranCallbacks', callbacks)
-- Who ended it before it was due has left its delay, and BullMQ would count that once more when it
-- is woken.
redis.call('HSET', jobKey, 'result', result, 'delay', 0)
own(jobKey, ownedKey, member, owner)
addToOwned(jobKey, ownedKey, member, timestamp)
pushToWaitingChildren(prefix, jobId, timestamp, 'prev', 'active')
return -10
