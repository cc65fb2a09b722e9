--[[
  Abandons children of a job that ends without them, or that schedules other jobs. A child that has
  not started is removed. Where it was claimed before, or has callbacks, its next claim ends it with
  `failure` instead. A claimed child goes on by itself, and so does one that was put before it was
  scheduled. A dead letter is dropped.

  KEYS: job, lock
  ARGV: holder (the token of the lock, or the owner while the job waits; '' for a job that an
          earlier step has aborted),
        why ('aborted': the job is to fail, and its next claim does that; 'fail-fast': children that
          have scheduled jobs of their own go on; 'reset': the job schedules other jobs),
        verdict (the failure with which the job is aborted, JSON; '' to leave its verdict),
        base (of the job's lane), prefix, outerKey (see `parents`), failure (JSON), timestamp,
        then names of children; without names all of them are abandoned, and the last step is done
  Reply: the names of the children that are aborted, and wait until their own children are
         abandoned; -6 another holder has the job
  Events: 'removed' or 'waiting' for each child; 'waiting' for the job, if it waits, in the end
]]
--- @include "dependents"
--- @include "job-state"
--- @include "open-pack"
--- @include "parents"
--- @include "remove-job"
--- @include "take-job"
local jobKey, lockKey = KEYS[1], KEYS[2]
local holder, why, verdict, base, prefix, outerKey, failure, timestamp = unpack(ARGV, 1, 8)
local FIRST_JOB = 9

openFor(jobKey)
if not isOwnedBy(jobKey, lockKey, holder) then return -6 end
-- Without it the job could go on without its children after the death of this process (I6).
if verdict ~= '' then giveVerdict(jobKey, 'aborted', verdict) end

local function remove(childBase, id)
  local waited = redis.call('ZREM', childBase .. 'waiting-children', id) == 1
  if not waited then takePending(childBase, id) end
  disown(childBase, id)
  -- The callbacks of a dead letter stay behind where their list is damaged (B1).
  pcall(removeCallbacks, childBase .. id, timestamp)
  redis.call('HDEL', childBase .. id, 'callbacks')
  removeJob(childBase .. id, timestamp)
end

-- Lets a job be claimed, which ends it with its verdict: its callbacks are promised (J7), and the
-- results of `local.once` are kept (O5).
local function offer(jobBase, id)
  if isDeadLetter(jobBase, id) then return remove(jobBase, id) end
  disown(jobBase, id)
  redis.call('DEL', jobBase .. id .. ':dependencies')
  local wasParked = redis.call('ZREM', jobBase .. 'parked', id) == 1
  freeQuotas(jobBase, id)
  if wasParked or redis.call('ZREM', jobBase .. 'waiting-children', id) == 1
    or redis.call('ZREM', jobBase .. 'delayed', id) == 1 then
    pushToHead(jobBase, id)
  end
end

-- Forgets the children, and with them the jobs that they have appended (C4).
local function reset()
  redis.call('DEL', jobKey .. ':dependencies', jobKey .. ':processed', jobKey .. ':failed')
  redis.call('HDEL', jobKey, 'manifest', 'shortManifest', 'scheduledChunks')
  for _, field in ipairs(redis.call('HKEYS', jobKey)) do
    local isAppended = string.sub(field, 1, 9) == 'appended:'
    if isAppended and string.match(redis.call('HGET', jobKey, field), '^%d+/') then
      redis.call('HDEL', jobKey, field)
      redis.call('HINCRBY', jobKey, 'appended', -1)
    end
  end
end

if #ARGV < FIRST_JOB then
  if why == 'reset' then reset()
  elseif why == 'aborted' and not isHeld(jobKey) and not hasField(jobKey, 'result') then
    offer(splitJobKey(jobKey))
  end
  return {}
end

local left = {}
for i = FIRST_JOB, #ARGV do
  local key = openUnfinished(keyOfName(ARGV[i], base, prefix))
  local childBase, id = splitJobKey(key)
  local dependentKey = key == outerKey and jobKey or outerKey
  if removeDependent(key, dependentKey) then
    redis.call('SREM', dependentKey .. ':dependencies', key)
  end
  local parentKey, parent, linked, finished, chunks, callbacks, result, claims, partOf, given =
    fieldsOf(key, 'parentKey', 'parent', 'linked', 'finishedOn', 'scheduledChunks', 'callbacks',
      'result', 'ats', 'partOf', 'verdict')
  if isChildOf(jobKey, outerKey, parentKey, parent) then
    redis.call('SREM', parentKey .. ':dependencies', key)
    redis.call('HDEL', key, 'parentKey', 'parent', 'linked')
    local goesOn = linked or finished or result or isHeld(key) or chunks and why == 'fail-fast'
    local isKept = goesOn or chunks
      or (callbacks or claims) and not isDeadLetter(childBase, id)
    -- Retention keeps it with the job, although it is no child any more.
    if isKept and not linked then keepWith(jobKey, key) end
    if not isKept then
      remove(childBase, id)
    elseif not goesOn then
      giveVerdict(key, 'aborted', failure)
      if chunks then left[#left + 1] = ARGV[i] else offer(childBase, id) end
    end
  elseif partOf == jobKey and given and not result
    and redis.call('ZSCORE', childBase .. 'waiting-children', id) then
    -- An earlier call has aborted it. Its process may have died before it abandoned the children.
    left[#left + 1] = ARGV[i]
  end
end
return left
