--[[
  Takes back jobs that a job scheduled below itself: what waits is removed or, where it was claimed
  before or has callbacks, ends with `failure`; what is claimed goes on by itself, and what was put
  by itself before stays in the queue. What is a dead letter, and waits for no jobs of its own, is
  dropped. Nothing is woken by it but, with the last call, the job itself.

  KEYS: job, lock, waitingChildren
  ARGV: holder (the lock's token, or the owner while the job waits; '' where nobody is to hold it,
        and it is to go on), base (of the keys of the job's lane), prefix (of all keys), step,
        failure (JSON), timestamp, then names of jobs
        step: 'first' leaves jobs that wait for jobs of their own, and answers with them; 'again'
        takes those too; 'stop' lets them go on; 'last' wakes the job if it waits and nothing is
        left below it; 'reset' lets it schedule other jobs, and forgets those that were appended
        while it waited
  Reply: the names of those that were left, or -6 where somebody else holds the job
]]
--- @include "disown"
--- @include "owned-by"
--- @include "job-keys"
--- @include "queue-lists"
--- @include "keep-with"
--- @include "named-job"
--- @include "quotas"
--- @include "remove-callbacks"
--- @include "settle-parent"
--- @include "dependents"
local jobKey, lockKey, waitingChildrenKey = KEYS[1], KEYS[2], KEYS[3]
local holder, base, prefix, step, failure, timestamp = unpack(ARGV, 1, 6)
local FIRST_JOB = 7

if not isOwnedBy(jobKey, lockKey, holder) then return -6 end

-- What was put with the job is kept with it also when it stands below it no more.
local function unlink(key, parentKey, isPart)
  redis.call('SREM', parentKey .. ':dependencies', key)
  redis.call('HDEL', key, 'parentKey', 'parent', 'linked')
  if isPart then keepWith(jobKey, key) end
end

local function remove(jobBase, id, parentKey)
  local key = jobBase .. id
  if redis.call('ZREM', jobBase .. 'waiting-children', id) == 0 and redis.call('ZREM', jobBase .. 'delayed', id) == 0 then
    -- Jobs are taken back oldest first, and the oldest stand at the right.
    redis.call('LREM', jobBase .. 'wait', -1, id)
  end
  freeQuotas(jobBase, id)
  redis.call('SREM', parentKey .. ':dependencies', key)
  local dependents = redis.call('HGET', key, 'dependents')
  settleExpected(key, timestamp)
  disown(jobBase, id)
  deleteJobKeys(key)
  tell(jobBase, 'removed', id)
  settleRemoved(nil, nil, dependents, key, timestamp)
end

-- It cannot be run, and nobody waits for it any more. Of damaged lists nothing is known: what stood
-- in them stays behind (B1).
local function isDeadLetter(jobBase, id) return redis.pcall('HEXISTS', jobBase .. 'dead-letters', id) == 1 end
local function drop(jobBase, id, parentKey)
  pcall(removeCallbacks, jobBase .. id, timestamp)
  remove(jobBase, id, parentKey)
end

-- Who claims it ends it with the failure: its callbacks are promised (J7), and what it has done
-- once is not forgotten (O5).
local function endWithFailure(jobBase, id, parentKey)
  local key = jobBase .. id
  unlink(key, parentKey, true)
  disown(jobBase, id)
  redis.call('DEL', key .. ':dependencies')
  redis.call('HSET', key, 'aborted', failure)
  local wasParked = redis.call('ZREM', jobBase .. 'parked', id) == 1
  freeQuotas(jobBase, id)
  if wasParked or redis.call('ZREM', jobBase .. 'waiting-children', id) == 1
    or redis.call('ZREM', jobBase .. 'delayed', id) == 1 then
    pushToWait(jobBase, id, 'RPUSH')
  end
end

-- The job that all others are below: the one that is called with them, or the one that waits.
local outerKey = jobKey
local outer = cjson.decode(redis.call('HGET', jobKey, 'manifest') or '{}')['then']
if outer then
  local outerBase, outerId = placeOf(outer, base, prefix)
  outerKey = outerBase .. outerId
end

-- Others may have been there before, and wait for it too (J5): for them nothing changes.
local function isOurs(parentKey, parent)
  return parentKey == jobKey or parentKey == outerKey or outerAbove(parentKey, parent) == outerKey
end

local left = {}
for i = FIRST_JOB, #ARGV do
  local jobBase, id = placeOf(ARGV[i], base, prefix)
  local key = jobBase .. id
  local dependentKey = key == outerKey and jobKey or outerKey
  if removeDependent(key, dependentKey) then redis.call('SREM', dependentKey .. ':dependencies', key) end
  local parentKey, parent, linked, finished, manifest, callbacks, result, claims =
    unpack(redis.call('HMGET', key, 'parentKey', 'parent', 'linked', 'finishedOn', 'manifest', 'callbacks', 'result', 'ats'))
  -- Without a parent it was never scheduled, or taken back before.
  if parentKey and isOurs(parentKey, parent) then
    local goesOn = result or manifest and step == 'stop'
    if linked or finished or goesOn or redis.call('EXISTS', key .. ':lock') == 1 then unlink(key, parentKey, not linked)
    elseif manifest and step == 'first' then left[#left + 1] = ARGV[i]
    elseif isDeadLetter(jobBase, id) then drop(jobBase, id, parentKey)
    elseif callbacks or claims then endWithFailure(jobBase, id, parentKey)
    else remove(jobBase, id, parentKey) end
  end
end

if step == 'reset' then
  redis.call('DEL', jobKey .. ':dependencies', jobKey .. ':processed', jobKey .. ':failed')
  redis.call('HDEL', jobKey, 'manifest', 'scheduledChunks')
  for i = FIRST_JOB, #ARGV do
    local _, id = placeOf(ARGV[i], base, prefix)
    if redis.call('HDEL', jobKey, 'appended:' .. id) == 1 then redis.call('HINCRBY', jobKey, 'appended', -1) end
  end
elseif step == 'last' and redis.call('SCARD', jobKey .. ':dependencies') == 0 then
  local jobId = string.sub(jobKey, #base + 1)
  if redis.call('ZREM', waitingChildrenKey, jobId) == 1 then pushToWait(base, jobId, 'RPUSH', 'waiting-children') end
end
return left
