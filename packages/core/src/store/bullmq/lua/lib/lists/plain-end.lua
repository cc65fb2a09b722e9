-- Ends a job with its value as BullMQ's finish does, with the same writes and events, where the job
-- needs no more than those. It costs half as much, and the script can end several jobs.
--- @include "end-claim"
--- @include "job-key"

-- As BullMQ does, before the events of the script.
local function trimEvents(base)
  local maxEvents = redis.call('HGET', base .. 'meta', 'opts.maxLenEvents')
  if not maxEvents then
    maxEvents = 10000
    redis.call('HSET', base .. 'meta', 'opts.maxLenEvents', maxEvents)
  end
  redis.call('XTRIM', base .. 'events', 'MAXLEN', '~', maxEvents)
end

-- Whether the end of a job would let its parent run after a delay, or with a priority. Drover's own
-- parents have neither.
local function isParentSpecial(parentKey)
  if redis.call('SCARD', parentKey .. ':dependencies') > 1 then return false end
  local priority, delay = fieldsOf(parentKey, 'priority', 'delay')
  return (tonumber(priority or 0) or 0) ~= 0 or (tonumber(delay or 0) or 0) ~= 0
end

-- Moves the job to the ended children of its parent, and wakes the parent after the last one.
local function settleParent(parentKey, jobKey, value)
  local dependenciesKey = parentKey .. ':dependencies'
  if redis.call('SISMEMBER', dependenciesKey, jobKey) == 0 then return end
  redis.call('HSET', parentKey .. ':processed', jobKey, value)
  redis.call('SREM', dependenciesKey, jobKey)
  local isLast = redis.call('SCARD', dependenciesKey) == 0
  if isLast and redis.call('EXISTS', parentKey) == 1 then wake(splitJobKey(parentKey)) end
end

-- The number of fields of a job that was put and claimed, and to which nothing else has happened.
local UNTOUCHED = 9

-- Returns 1: the job has ended; 0: it needs more than these writes; or why it is refused, as
-- BullMQ's scripts say it.
local function endPlain(base, jobId, token, value, timestamp)
  local jobKey = base .. jobId
  local isUntouched = redis.call('HLEN', jobKey) == UNTOUCHED
  local name, dispatcher, claims, parentKey, attempts, callbacks, dependents, expected, owner,
    result, deduplication = fieldsOf(jobKey, 'name', 'pb', 'ats', 'parentKey', 'atm', 'callbacks',
      'dependents', 'expected', 'waitingOwner', 'result', 'deid')
  local holder = redis.call('GET', jobKey .. ':lock')
  if holder ~= token then return not name and -1 or holder and -6 or -2 end
  if callbacks or dependents or expected or owner or result or deduplication then return 0 end
  local hasChildren = redis.call('EXISTS', jobKey .. ':dependencies', jobKey .. ':unsuccessful')
  if hasChildren > 0 then return 0 end
  -- Where a record above is damaged, `finish` says so.
  if parentKey then
    local isRead, isSpecial = pcall(isParentSpecial, parentKey)
    if not isRead or isSpecial then return 0 end
  end
  if redis.call('LREM', base .. 'active', -1, jobId) == 0 then return -3 end
  if parentKey and not pcall(settleParent, parentKey, jobKey, value) then
    redis.call('LPUSH', base .. 'active', jobId)
    return 0
  end
  redis.call('DEL', jobKey .. ':lock')
  redis.call('SREM', base .. 'stalled', jobId)
  redis.call('ZADD', base .. 'completed', timestamp, jobId)
  redis.call('HSET', jobKey, 'returnvalue', value, 'finishedOn', timestamp,
    'atm', (tonumber(attempts or 0) or 0) + 1)
  if isUntouched then
    -- With `pb` and `ats` a wait knows all of the job, and need not read it.
    redis.call('XADD', base .. 'events', '*', 'event', 'completed', 'jobId', jobId,
      'returnvalue', value, 'prev', 'active', 'pb', dispatcher, 'ats', claims)
  else
    redis.call('XADD', base .. 'events', '*', 'event', 'completed', 'jobId', jobId,
      'returnvalue', value, 'prev', 'active')
  end
  return 1
end
