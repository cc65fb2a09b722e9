--[[
  Stores the result of a job that has callbacks, and lets them run one after another (J7). The job
  waits for them without a lock and without a slot. Fenced by the job's token (I5). Without
  callbacks nothing changes.

  KEYS: job, lock, owned (the set of the dispatcher that owns the job while it waits)
  ARGV: token, jobId, base (of its lane),
        result ('v' and the JSON of the value, or 'f' and that of the failure),
        owner, member (of owned), timestamp
  Reply: 0 there are none; -10 they have begun; -3, -4, -6 as BullMQ's finish refuses
  Events: 'waiting-children' of the job, 'waiting', 'delayed' or 'waiting-children' of each callback
]]
--- @include "callbacks"
--- @include "owner"
local jobKey, lockKey, ownedKey = KEYS[1], KEYS[2], KEYS[3]
local token, jobId, base, result, owner, member, timestamp = unpack(ARGV)

if redis.call('GET', lockKey) ~= token then return -6 end
local callbacks = callbacksToRun(jobKey)
if #callbacks == 0 then
  redis.call('DEL', jobKey .. ':unsuccessful')
  return 0
end
local isFailure = string.sub(result, 1, 1) == 'f'
if not isFailure and redis.call('SCARD', jobKey .. ':dependencies') ~= 0 then return -4 end
if redis.call('LREM', base .. 'active', -1, jobId) == 0 then return -3 end
-- A failed job waits for its callbacks, and for its children no more.
redis.call('DEL', lockKey, jobKey .. ':unsuccessful', jobKey .. ':dependencies')
redis.call('SREM', base .. 'stalled', jobId)

-- Each callback is the child of the next one, and the last one that of the job: BullMQ's finish of
-- one releases the next.
for i, key in ipairs(callbacks) do
  local parentKey = callbacks[i + 1] or jobKey
  local parentBase, parentId = splitJobKey(parentKey)
  -- With `idof` the end of a failed callback releases its parent too.
  local parent = { id = parentId, queueKey = string.sub(parentBase, 1, -2), idof = true }
  redis.call('HSET', key, 'parentKey', parentKey, 'parent', cjson.encode(parent))
  redis.call('SADD', parentKey .. ':dependencies', key)
end
for i = #callbacks, 1, -1 do releaseCallback(callbacks[i], result, i == 1, timestamp) end

redis.call('HDEL', jobKey, 'callbacks')
listCallbacks(jobKey, 'ranCallbacks', callbacks)
-- A job that was ended before it was due still has its delay: BullMQ would count it when it wakes
-- the job.
redis.call('HSET', jobKey, 'result', result, 'delay', 0)
own(jobKey, ownedKey, member, owner)
addToOwned(jobKey, ownedKey, member, timestamp)
pushToWaitingChildren(base, jobId, timestamp, 'prev', 'active')
return -10
