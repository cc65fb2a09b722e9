--[[
  Abandons children of a job that ends without them, or that schedules other jobs. A child that has
  not started is removed. Where it was claimed before, or has callbacks, it ends with `failure`
  instead. A claimed child goes on by itself, and so does one that was put before it was scheduled.
  A dead letter that waits for no jobs of its own is dropped. Only the last call may wake the job.

  KEYS: job, lock, waitingChildren
  ARGV: holder (the token of the lock, or the owner while the job waits; '' for a job that has
          neither, and is to go on),
        base (of the job's lane), prefix, step, failure (JSON), timestamp, then names of jobs
        step: 'first' leaves children that wait for jobs of their own, and answers with them;
              'again' abandons those too;
              'stop' lets those go on;
              'last' wakes the job if it waits and has no dependencies left;
              'reset' lets it schedule other jobs, and forgets the jobs that were appended to it
  Reply: the names of the children that were left; -6 another holder has the job
  Events: 'removed' or 'waiting' for each child, and 'waiting' for the jobs that are woken
]]
--- @include "dependents"
--- @include "job-state"
--- @include "owner"
--- @include "quotas"
--- @include "remove-job"
local jobKey, lockKey = KEYS[1], KEYS[2]
local holder, base, prefix, step, failure, timestamp = unpack(ARGV, 1, 6)
local FIRST_JOB = 7

if not isOwnedBy(jobKey, lockKey, holder) then return -6 end

local postprocess = cjson.decode(redis.call('HGET', jobKey, 'manifest') or '{}')['then']
local outerKey = postprocess and keyOfName(postprocess, base, prefix) or jobKey

-- Whether the child is below this job. Where it has another parent nothing changes for that (J5).
local function isOurs(parentKey, parent)
  return parentKey == jobKey or parentKey == outerKey or outerAbove(parentKey, parent) == outerKey
end

-- A part stays with the job for retention although it is no child any more.
local function unlink(key, parentKey, isPart)
  redis.call('SREM', parentKey .. ':dependencies', key)
  redis.call('HDEL', key, 'parentKey', 'parent', 'linked')
  if isPart then keepWith(jobKey, key) end
end

local function remove(childBase, id, parentKey)
  if redis.call('ZREM', childBase .. 'waiting-children', id) == 0
    and redis.call('ZREM', childBase .. 'delayed', id) == 0 then
    -- Children are abandoned oldest first, and the oldest jobs are at the right.
    redis.call('LREM', childBase .. 'wait', -1, id)
  end
  freeQuotas(childBase, id)
  redis.call('SREM', parentKey .. ':dependencies', childBase .. id)
  disown(childBase, id)
  removeJob(childBase .. id, timestamp)
end

-- Removes a dead letter. Its callbacks stay behind where their list is damaged (B1).
local function drop(childBase, id, parentKey)
  pcall(removeCallbacks, childBase .. id, timestamp)
  redis.call('HDEL', childBase .. id, 'callbacks')
  remove(childBase, id, parentKey)
end

-- The next claim ends the child with the failure: its callbacks are promised (J7), and the results
-- of `local.once` are kept (O5).
local function endWithFailure(childBase, id, parentKey)
  local key = childBase .. id
  unlink(key, parentKey, true)
  disown(childBase, id)
  redis.call('DEL', key .. ':dependencies')
  redis.call('HSET', key, 'aborted', failure)
  local wasParked = redis.call('ZREM', childBase .. 'parked', id) == 1
  freeQuotas(childBase, id)
  if wasParked or redis.call('ZREM', childBase .. 'waiting-children', id) == 1
    or redis.call('ZREM', childBase .. 'delayed', id) == 1 then
    pushToHead(childBase, id)
  end
end

local left = {}
for i = FIRST_JOB, #ARGV do
  local childBase, id = locateJob(ARGV[i], base, prefix)
  local key = childBase .. id
  local dependentKey = key == outerKey and jobKey or outerKey
  if removeDependent(key, dependentKey) then
    redis.call('SREM', dependentKey .. ':dependencies', key)
  end
  local parentKey, parent, linked, finished, manifest, callbacks, result, claims = fieldsOf(key,
    'parentKey', 'parent', 'linked', 'finishedOn', 'manifest', 'callbacks', 'result', 'ats')
  -- Without a parent it was never scheduled, or is abandoned already.
  if parentKey and isOurs(parentKey, parent) then
    local goesOn = result or manifest and step == 'stop'
    if linked or finished or goesOn or isHeld(key) then
      unlink(key, parentKey, not linked)
    elseif manifest and step == 'first' then left[#left + 1] = ARGV[i]
    elseif redis.pcall('HEXISTS', childBase .. 'dead-letters', id) == 1 then
      drop(childBase, id, parentKey)
    elseif callbacks or claims then endWithFailure(childBase, id, parentKey)
    else remove(childBase, id, parentKey) end
  end
end

if step == 'reset' then
  redis.call('DEL', jobKey .. ':dependencies', jobKey .. ':processed', jobKey .. ':failed')
  redis.call('HDEL', jobKey, 'manifest', 'scheduledChunks')
  for i = FIRST_JOB, #ARGV do
    local _, id = locateJob(ARGV[i], base, prefix)
    if redis.call('HDEL', jobKey, 'appended:' .. id) == 1 then
      redis.call('HINCRBY', jobKey, 'appended', -1)
    end
  end
elseif step == 'last' and redis.call('SCARD', jobKey .. ':dependencies') == 0 then
  wake(splitJobKey(jobKey))
end
return left
