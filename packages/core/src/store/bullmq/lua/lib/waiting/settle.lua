-- Settles a dependency where BullMQ's finish does not: the job was removed (C2), or the job that
-- waits is a dependent and not the parent (J5). See `parents` for joining and outer job.
--- @include "bullmq-lists"
--- @include "long-fields"
--- @include "parents"
--- @include "verdict"

-- Stops a joining job with the failure of a part (C2): it is woken, and ends with that failure.
-- failure: JSON. Returns whether this call stopped it.
local function stopJoining(joiningKey, outerKey, failure)
  -- An entry that is no job keeps the postprocess from being released, until it is abandoned.
  if outerKey ~= joiningKey and redis.call('EXISTS', outerKey) == 1 then
    redis.call('SADD', outerKey .. ':dependencies', outerKey .. ':stopped')
  end
  if not giveVerdict(joiningKey, 'stopped', failure) then return false end
  local isWoken = wake(splitJobKey(joiningKey))
  -- A joining job that still schedules is about to suspend. With nothing left to wait for, it is
  -- offered again at once.
  if not isWoken and isHeld(joiningKey) then
    redis.call('DEL', joiningKey .. ':dependencies')
  end
  return true
end

-- Stops the composite of a failing part (fail-fast, C2), where the part says so, before the part
-- ends: its end then releases nothing.
local function stopComposite(jobKey, failure)
  local parent = redis.call('HGET', jobKey, 'parent')
  if not parent or not string.find(parent, '"stops":true', 1, true) then return end
  local joiningKey, outerKey, parentKey = joiningJob(jobKey)
  if not joiningKey then return end
  redis.call('SREM', parentKey .. ':dependencies', jobKey)
  redis.call('HDEL', jobKey, 'parentKey', 'parent')
  if redis.call('HDEL', jobKey, 'linked') == 0 then keepWith(joiningKey, jobKey) end
  stopJoining(joiningKey, outerKey, failure)
end

-- Stops the joining job above an outer job, where its `onFailure` is 'stop'. Returns whether it is.
local function stopAbove(outerKey, failure)
  local joiningKey = joinedBelow(outerKey)
  local manifest = joiningKey and manifestOf(joiningKey)
  if not manifest or not string.find(manifest, '"onFailure":"stop"', 1, true) then return false end
  stopJoining(joiningKey, outerKey, failure)
  return true
end

-- Moves a dependency of a waiting job to its ended ones, and wakes it after the last one.
-- ending: 'processed' or 'failed'; value: the value or the reason.
local function settleAbove(waitingKey, jobKey, ending, value, now)
  if redis.call('SREM', waitingKey .. ':dependencies', jobKey) == 0 then return end
  redis.call('HSET', waitingKey .. ':' .. ending, jobKey, value)
  if redis.call('SCARD', waitingKey .. ':dependencies') > 0 then return end
  -- A job that is about to suspend sees for itself that nothing is left to wait for.
  if wake(splitJobKey(waitingKey)) then redis.call('HSET', waitingKey, 'turnAt', now) end
end

-- The failure of a removed job, for the jobs that wait for it. JSON.
local function removedFailure(jobKey)
  local _, id = splitJobKey(jobKey)
  local message = 'job ' .. id .. ' was removed before it had completed'
  return cjson.encode({ name = 'RemovedError', message = message, code = 'DROVER_REMOVED' })
end

-- Settles a removed job for one job that waits for it. Where that stops the composite (C2), the
-- postprocess and the next part are not released.
local function settleRemoved(waitingKey, outerKey, jobKey, now)
  if stopAbove(outerKey, removedFailure(jobKey)) then
    redis.call('SREM', waitingKey .. ':dependencies', jobKey)
  else
    settleAbove(waitingKey, jobKey, 'failed', 'removed', now)
  end
end

-- Settles a removed job for its dependents. dependents: JSON of their keys.
local function settleDependents(dependents, jobKey, now)
  for _, key in ipairs(keysIn(dependents)) do settleRemoved(key, key, jobKey, now) end
end
