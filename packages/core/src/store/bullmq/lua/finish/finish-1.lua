--[[
  Ends a claimed job with its value or its failure, with BullMQ's own script: all that belongs to
  the end takes effect in this step, or nothing does (I6). Where callbacks of the job have not
  begun, the result is stored instead, and they run first (J7). Fenced by the job's holder (I5).

  KEYS: job
  ARGV: jobId, base (of its lane), token, uuid (of the dispatcher), epoch, timestamp,
        value (JSON; '' for a failure), failure (JSON; '' for a value), message,
        stacktrace (JSON, for dashboards), stopsNone ('1': the failure stops no composite; '0'),
        isUnrun ('1': the claim ends without a run; '0'),
        then of a value the puts of its run (see `store-puts`)
  Reply: 1 it has ended; 2 its callbacks have begun; -1, -2, -3, -4, -6 refused
  Events: 'completed' or 'failed'; 'waiting' for each job that is released; those of puts
]]
--- @bullmq "moveToFinished"
--- @include "bullmq-call"
--- @include "dependents"
--- @include "end-claim"
--- @include "key-entries"
--- @include "long-fields"
--- @include "open-pack"
--- @include "owner"
--- @include "parent-field"
--- @include "remove-job"
--- @include "store-puts"
--- @include "tries"
local jobKey = KEYS[1]
local jobId, base, token, uuid, epoch, timestamp, value = unpack(ARGV, 1, 7)
local failure, message, stacktrace, stopsNone, isUnrun = unpack(ARGV, 8, 12)
local hasFailed = failure ~= ''
local PUTS = 13

-- Returns BullMQ's reply: a number.
local function finish(ending, property, text)
  local metricsKey = base .. 'metrics:' .. ending
  local keys = bullKeys(base, base .. ending, jobKey, metricsKey, base .. 'marker')
  local options = bullOptions(token, uuid, 0)
  return moveToFinished(keys, { jobId, timestamp, property, text, ending, '0', base, options })
end

-- Each callback is the child of the next one, and the last one that of the job: BullMQ's finish of
-- one releases the next.
local function beginCallbacks(callbacks)
  endClaim(base, jobId)
  -- A failed job waits for its callbacks, and for its children no more.
  redis.call('DEL', jobKey .. ':dependencies')
  for i, key in ipairs(callbacks) do
    local parentKey = callbacks[i + 1] or jobKey
    redis.call('HSET', key, 'parentKey', parentKey, 'parent', withParent(nil, parentKey))
    redis.call('SADD', parentKey .. ':dependencies', key)
  end
  local result = hasFailed and 'f' .. failure or 'v' .. value
  local options = redis.call('HGET', jobKey, 'opts')
  for i = #callbacks, 1, -1 do
    releaseCallback(callbacks[i], result, i == 1, timestamp, options)
  end
  redis.call('HDEL', jobKey, 'callbacks')
  listCallbacks(jobKey, 'ranCallbacks', callbacks)
  -- A job that was ended before it was due still has its delay: BullMQ would count it when it wakes
  -- the job. With its priority the job would wait for others, although it has its result (Q7).
  redis.call('HSET', jobKey, 'result', result, 'delay', 0, 'priority', 0)
  noteLong(jobKey, 'result', result)
  pushToWaitingChildren(base, jobId, timestamp, WAITS_FOR_CALLBACKS, 'prev', 'active')
  own(base, jobId, uuid .. ':' .. epoch)
  noteStart(jobKey)
end

-- Releases the dependents, of which BullMQ knows the parent alone (J5), and those of jobs that this
-- one was to store and has not stored (J12).
local function releaseDependents()
  settleExpected(jobKey, timestamp)
  redis.call('HDEL', jobKey, 'expected')
  local keys = keysIn(redis.call('HGET', jobKey, 'dependents'))
  if #keys == 0 then return end
  local list, text = hasFailed and 'failed' or 'processed', hasFailed and message or value
  for _, dependentKey in ipairs(keys) do
    if hasFailed then stopAbove(dependentKey, failure) end
    settleAbove(dependentKey, jobKey, list, text, timestamp)
  end
  redis.call('HDEL', jobKey, 'dependents')
  -- The dependents read its result when they run.
  addNeeded(jobKey, keys)
end

-- Where this was the last child, BullMQ has let the parent go on, behind the others of its
-- priority. It comes before them, since its turn has come (Q7).
local function noteTurn()
  local parentKey = redis.call('HGET', jobKey, 'parentKey')
  if not parentKey or not isStored(parentKey) then return end
  if redis.call('SCARD', parentKey .. ':dependencies') > 0 then return end
  redis.call('HSET', parentKey, 'turnAt', timestamp)
  local priority = priorityOf(parentKey)
  if priority == 0 then return end
  local parentBase, parentId = splitJobKey(parentKey)
  redis.call('ZADD', parentBase .. 'prioritized', 'XX', inOrderOf(priority, 0), parentId)
end

-- All refusals come before the first write.
openFor(jobKey)
local refusal = refusalOf(base, jobId, token)
if refusal then return refusal end
if not hasFailed and redis.call('SCARD', jobKey .. ':dependencies') ~= 0 then return -4 end
if ARGV[PUTS] and arePutsGone(PUTS) then return goneReply() end
if isUnrun == '1' then endsWithoutRun(jobKey) end
local callbacks = callbacksToRun(jobKey)
-- A put of the run may have the key of the job, which ends now (Q8).
if #callbacks == 0 then endKey(jobKey) end
if ARGV[PUTS] then storePuts(PUTS, jobKey) end
if #callbacks > 0 then
  beginCallbacks(callbacks)
  freeQuotas(base, jobId)
  return 2
end
-- BullMQ's own fields have the result of a finished job.
if hasField(jobKey, 'result') then redis.call('HSET', jobKey, 'result', '') end
local reply
if hasFailed then
  if stopsNone ~= '1' then stopComposite(jobKey, failure) end
  redis.call('HSET', jobKey, 'failure', failure, 'stacktrace', stacktrace)
  noteLong(jobKey, 'failure', failure)
  noteLong(jobKey, 'stacktrace', stacktrace)
  noteLong(jobKey, 'failedReason', message)
  reply = finish('failed', 'failedReason', message)
else
  -- A BullMQ tool that may not end a job leaves its reason all the same (O6).
  redis.call('HDEL', jobKey, 'failedReason', 'stacktrace')
  noteLong(jobKey, 'returnvalue', value)
  reply = finish('completed', 'returnvalue', value)
end
noteTurn()
disown(base, jobId)
freeQuotas(base, jobId)
releaseDependents()
return reply == 0 and 1 or reply
