-- Ends a job with its value as BullMQ's finish does, with the same writes and events, where the job
-- needs no more than those. It costs half as much, and the script can end several jobs.
--- @include "end-claim"
--- @include "job-key"
--- @include "long-fields"
--- @include "owner"

-- As BullMQ does, before the events of the script.
local function trimEvents(base)
  local maxEvents = redis.call('HGET', base .. 'meta', 'opts.maxLenEvents')
  if not maxEvents then
    maxEvents = 10000
    redis.call('HSET', base .. 'meta', 'opts.maxLenEvents', maxEvents)
  end
  redis.call('XTRIM', base .. 'events', 'MAXLEN', '~', maxEvents)
end

-- The number of children that a parent still waits for. Nil where the end of the last one would let
-- it run after a delay: Drover's own parents have none. Of the last one it returns the priority of
-- the parent too.
local function childrenLeft(parentKey)
  local left = redis.call('SCARD', parentKey .. ':dependencies')
  if left > 1 then return left end
  local priority, delay = fieldsOf(parentKey, 'priority', 'delay')
  if (tonumber(delay or 0) or 0) ~= 0 then return nil end
  return left, toPriority(priority)
end

-- Moves the job to the ended children of its parent, and wakes the parent after the last one. left:
-- the children that the parent waits for; priority: that of the parent.
local function settleParent(parentKey, jobKey, value, left, priority, timestamp)
  if redis.call('SREM', parentKey .. ':dependencies', jobKey) == 0 then return end
  redis.call('HSET', parentKey .. ':processed', jobKey, value)
  if left > 1 or redis.call('EXISTS', parentKey) == 0 then return end
  local base, id = splitJobKey(parentKey)
  if wake(base, id, priority) then redis.call('HSET', parentKey, 'turnAt', timestamp) end
end

-- The fields of a job that was put and claimed, beside its name and its arguments; then those that
-- it has as the child of another job.
local FIELDS = { 'ats', 'pb', 'opts', 'timestamp', 'delay', 'priority', 'processedOn',
  'parentKey', 'parent' }

-- Of a job that has these fields, and no other one, so that nothing else has happened to it: the
-- number of claims, the dispatcher, and the key of its parent, false for none. Nil for any other
-- job.
local function untouched(jobKey)
  local count = redis.call('HLEN', jobKey)
  if count ~= #FIELDS and count ~= #FIELDS + 2 then return nil end
  local found = redis.call('HMGET', jobKey, unpack(FIELDS, 1, count - 2))
  for _, value in ipairs(found) do
    if not value then return nil end
  end
  return found[1], found[2], found[8] or false
end

-- Of any other job: the key of its parent, whether its end needs more than the writes of
-- `endPlain`, its attempts so far, its owner while it waited, and the reason of a failure, which a
-- BullMQ tool leaves where it may not end the job (O6).
local function needsOf(jobKey)
  local parentKey, attempts, owner, reason, callbacks, dependents, expected, result, deduplication,
    key = fieldsOf(jobKey, 'parentKey', 'atm', 'waitingOwner', 'failedReason', 'callbacks',
      'dependents', 'expected', 'result', 'deid', 'key')
  local needsMore = callbacks or dependents or expected or result or deduplication or key
  return parentKey, needsMore, attempts, owner, reason
end

-- Returns 1: the job has ended; 0: it needs more than these writes; or why it is refused, as
-- BullMQ's scripts say it.
local function endPlain(base, jobId, token, value, timestamp)
  local jobKey = base .. jobId
  local refusal = refusalOfToken(jobKey, token)
  if refusal then return refusal end
  local claims, dispatcher, parentKey = untouched(jobKey)
  local needsMore, attempts, owner, reason
  if not claims then parentKey, needsMore, attempts, owner, reason = needsOf(jobKey) end
  if needsMore then return 0 end
  local hasChildren = redis.call('EXISTS', jobKey .. ':dependencies', jobKey .. ':unsuccessful')
  if hasChildren > 0 then return 0 end
  local isRead, left, priority
  if parentKey then
    -- Where a record above is damaged, `finish` says so.
    isRead, left, priority = pcall(childrenLeft, parentKey)
    if not isRead or not left then return 0 end
  end
  if redis.call('LREM', base .. 'active', -1, jobId) == 0 then return -3 end
  local isSettled = not parentKey
    or pcall(settleParent, parentKey, jobKey, value, left, priority, timestamp)
  if not isSettled then
    redis.call('LPUSH', base .. 'active', jobId)
    redis.call('SADD', parentKey .. ':dependencies', jobKey)
    return 0
  end
  if owner then disown(base, jobId) end
  if reason then redis.call('HDEL', jobKey, 'failedReason', 'stacktrace') end
  redis.call('DEL', jobKey .. ':lock')
  redis.call('SREM', base .. 'stalled', jobId)
  redis.call('ZADD', base .. 'completed', timestamp, jobId)
  redis.call('HSET', jobKey, 'returnvalue', value, 'finishedOn', timestamp,
    'atm', (tonumber(attempts or 0) or 0) + 1)
  noteLong(jobKey, 'returnvalue', value)
  if claims and not parentKey then
    -- With `pb` and `ats` a wait knows all of the job, and need not read it.
    redis.call('XADD', base .. 'events', '*', 'event', 'completed', 'jobId', jobId,
      'returnvalue', value, 'prev', 'active', 'pb', dispatcher, 'ats', claims)
  else
    redis.call('XADD', base .. 'events', '*', 'event', 'completed', 'jobId', jobId,
      'returnvalue', value, 'prev', 'active')
  end
  return 1
end
