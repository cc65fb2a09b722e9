-- The put of a job with a key (Q8, docs/protocol/keyed-jobs.md).
--- @include "dependents"
--- @include "key-entries"
--- @include "system-marker"
--- @include "take-job"

-- Whether a job is pending and was never claimed. A dead letter stays as it is.
local function isReplaceable(jobKey)
  local base, id = splitJobKey(jobKey)
  local claims, finishedOn, result, verdict, deferred =
    fieldsOf(jobKey, 'ats', 'finishedOn', 'result', 'verdict', 'deferred')
  return not (claims or finishedOn or result or verdict or deferred) and not isHeld(jobKey)
    and not redis.call('ZSCORE', base .. 'waiting-children', id)
    and not isDeadLetter(base, id)
end

-- Returns what a put of a job does, and the job that has the key, where there is one: 'take': it is
-- stored and has the key; 'wait': it is stored, and begins when that job has ended; 'keep': it is
-- not stored; 'replace': that job gets its arguments; 'refuse'; 'other task': it cannot replace it.
local function answerToPut(jobKey, task, keyed)
  local holder, waiting = jobsOfKey(jobKey, keyed.key)
  local latest = waiting or holder
  if not latest or holder == jobKey or waiting == jobKey then return 'take' end
  local how = keyed.whenTaken
  if how == 'refuse' then return 'refuse', latest end
  if how == 'after' then
    local finishedOn, result, chunks = fieldsOf(latest, 'finishedOn', 'result', 'scheduledChunks')
    local runs = not finishedOn and (result or chunks or isHeld(latest))
    return not waiting and runs and 'wait' or 'keep', latest
  end
  if how == 'replace' and isReplaceable(latest) then
    if redis.call('HGET', latest, 'name') ~= task then return 'other task', latest end
    return 'replace', latest
  end
  return 'keep', how == 'replace' and latest or holder or waiting
end

-- Gives a pending job other arguments, options and times. It keeps its lane, its callbacks, and its
-- place where both are due. args: JSON, or where it is staged; by: the id of the put.
local function replaceJob(jobKey, args, options, dueAt, by)
  local base, id = splitJobKey(jobKey)
  local keyed = keyedOptions(options)
  local keysKey, nextKey = keyHashes(jobKey)
  local waits = redis.call('HGET', nextKey, keyed.key) == jobKey
  local delay = math.max(0, tonumber(dueAt) - redisTime())
  local both = options .. redis.call('HGET', jobKey, 'opts')
  local moves = not waits and (delay > 0 or redis.call('ZSCORE', base .. 'delayed', id)
    or string.find(both, '"quotas"', 1, true) or string.find(both, '"priority"', 1, true))
  if moves then takePending(base, id) end
  local stagedKey = stagedKeyIn(args)
  if stagedKey then takeStaged(jobKey, stagedKey) else redis.call('HSET', jobKey, 'data', args) end
  redis.call('HSET', jobKey, 'opts', options, 'updated', by, 'timestamp', redisTime(),
    'delay', string.format('%.0f', delay), 'priority', priorityIn(options) or 0)
  giveKey(jobKey, keyed, waits)
  if keyed.beginBy then
    local queueBase = string.sub(keysKey, 1, -#':keys' - 1)
    local deadlinesKey = queueBase .. ':begin-by'
    noteDeadline(deadlinesKey, dueAt, keyed.beginBy, laneOf(base) .. '/' .. id)
    lookAtDeadlines(deadlinesKey, queueBase .. '/system:marker')
  end
  if not moves then return end
  if delay > 0 then pushToDelayed(base, id, tonumber(dueAt)) else pushToTail(base, id) end
end

-- Lets a stored job get the result of the job that has its key, as if its task had returned that
-- one (J5). Returns whether it has to wait.
local function followJob(base, id, holderKey)
  local key, prefix = base .. id, splitBase(base)
  local holderBase, holderId = splitJobKey(holderKey)
  local name = holderBase == base and holderId or string.sub(holderKey, #prefix + 1)
  redis.call('HSET', key, 'manifest', '{"jobs":[],"then":"' .. name .. '","chunks":1}',
    'scheduledChunks', 1)
  redis.call('HINCRBY', key, 'ats', 1)
  redis.call('HDEL', key, 'key', 'keyUntil')
  local finishedOn, reason, value = fieldsOf(holderKey, 'finishedOn', 'failedReason', 'returnvalue')
  if not finishedOn then
    redis.call('SADD', key .. ':dependencies', holderKey)
    addDependent(holderKey, key)
    return true
  end
  addNeeded(holderKey, { key })
  if reason then redis.call('HSET', key .. ':failed', holderKey, reason)
  else redis.call('HSET', key .. ':processed', holderKey, value or 'null') end
  return false
end

local function refuseJob(key, keyed, other, why)
  local _, id = splitJobKey(other)
  local message = 'the key "' .. keyed.key .. '" is taken by job ' .. id .. why
  giveVerdict(key, 'aborted', cjson.encode({ name = 'BadStatusError', message = message,
    code = 'DROVER_BAD_STATUS' }))
end

-- Gives a job its key that was stored just now, and whose handle is known already: a part, or a put
-- of a task. Where another job has the key, this one waits for that one, follows it, or fails.
-- Returns 'follows' where it has to wait for that job as for a child, 'parked' where it is parked;
-- nil where it begins as any job. A part has a parent by now.
local function settleKey(base, id, task, options, isPart)
  local keyed = keyedOptions(options)
  if not keyed then return nil end
  local key = base .. id
  local answer, other = answerToPut(key, task, keyed)
  if answer == 'wait' and not isPart then
    giveKey(key, keyed, true)
    return 'parked'
  end
  if answer == 'take' then return giveKey(key, keyed) end
  if answer == 'refuse' then return refuseJob(key, keyed, other, " (whenTaken: 'refuse')") end
  if answer == 'other task' then return refuseJob(key, keyed, other, ', of another task') end
  if allWaitingFor(key)[other] then return refuseJob(key, keyed, other, ', which waits for it') end
  if answer == 'replace' and not isPart then
    local dueAt = cjson.decode(options).beginAfter or 0
    replaceJob(other, redis.call('HGET', key, 'data'), options, dueAt, id)
  end
  return followJob(base, id, other) and 'follows' or nil
end
