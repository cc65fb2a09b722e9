-- Writes the record of a job and the lists of its lane as BullMQ does, with the same events, and
-- wakes a claimer.
--- @include "priority"
--- @include "arrive"
--- @include "redis-time"
--- @include "staged"

-- Writes the fields that a new job has in BullMQ; more fields follow as name, value, name, value …
-- args: JSON, or the key of staged ones. Returns the priority.
local function storeRecord(key, task, args, options, timestamp, delay, ...)
  local stagedKey, priority = stagedKeyIn(args), priorityIn(options) or 0
  if stagedKey then
    takeStaged(key, stagedKey)
    redis.call('HSET', key, 'name', task, 'opts', options, 'timestamp', timestamp,
      'delay', string.format('%.0f', delay), 'priority', priority, ...)
    return priority
  end
  redis.call('HSET', key, 'name', task, 'data', args, 'opts', options, 'timestamp', timestamp,
    'delay', string.format('%.0f', delay), 'priority', priority, ...)
  return priority
end

-- By lane: how many events its stream keeps.
local eventLimits = {}

-- Adds an event to the stream of the lane; its other fields follow as name, value, name, value …
local function emit(base, event, jobId, ...)
  eventLimits[base] = eventLimits[base]
    or redis.call('HGET', base .. 'meta', 'opts.maxLenEvents') or 10000
  redis.call('XADD', base .. 'events', 'MAXLEN', '~', eventLimits[base], '*',
    'event', event, 'jobId', jobId, ...)
end

local function isPausedOrFull(base)
  local paused, concurrency = fieldsOf(base .. 'meta', 'paused', 'concurrency')
  if paused then return true end
  return concurrency and redis.call('LLEN', base .. 'active') >= tonumber(concurrency)
end

-- Wakes a dispatcher that waits for a job of the lane, where one may be claimed.
local function setMarker(base)
  if not isPausedOrFull(base) then redis.call('ZADD', base .. 'marker', 0, '0') end
end

-- Lets dispatchers know when the next delayed job of the lane is due.
local function markNextDue(base)
  local _, score = unpack(redis.call('ZRANGE', base .. 'delayed', 0, 0, 'WITHSCORES'))
  if not score then return end
  local dueAt = string.format('%.0f', math.floor(tonumber(score) / 0x1000))
  redis.call('ZADD', base .. 'marker', dueAt, '1')
end

-- Makes a job a dead letter: it runs only when it is retried (B1). Its entry in a list goes before.
local function setAside(base, jobId, reason)
  local found = cjson.encode({ reason = reason, at = redisTime() })
  redis.call('HSET', base .. 'dead-letters', jobId, found)
  emit(base, 'dead-letters', jobId)
end

-- The place of a job among those with a priority: behind all others of its own one.
local function nextScore(base, priority)
  return inOrderOf(priority, redis.call('INCR', base .. 'pc'))
end

local function emitWaiting(base, jobId, previous)
  if previous then emit(base, 'waiting', jobId, 'prev', previous)
  else emit(base, 'waiting', jobId) end
end

-- side: 'RPUSH' for the place before all jobs of the same priority, 'LPUSH' for that behind them.
local function addToWait(base, jobId, side, priority, previous)
  if priority > 0 then
    -- Several that are put back stand in the order of their ids: that in which they were made.
    local score = side == 'RPUSH' and inOrderOf(priority, 0) or nextScore(base, priority)
    redis.call('ZADD', base .. 'prioritized', score, jobId)
  else
    redis.call(side, base .. 'wait', jobId)
  end
  setMarker(base)
  emitWaiting(base, jobId, previous)
end

local function addToTail(base, jobId, previous)
  local priority, isParked = arriveAtQuotas(base, jobId)
  if isParked then return emitWaiting(base, jobId, previous) end
  addToWait(base, jobId, 'LPUSH', priority, previous)
end

-- Puts jobs at the tail of a lane that has no due jobs left to move, in their order. They have no
-- quotas. priorities: that of each job.
local function addAllToTail(base, jobIds, priorities)
  local others = {}
  for i, jobId in ipairs(jobIds) do
    if priorities[i] == 0 then others[#others + 1] = jobId
    else redis.call('ZADD', base .. 'prioritized', nextScore(base, priorities[i]), jobId) end
  end
  if #others > 0 then redis.call('LPUSH', base .. 'wait', unpack(others)) end
  setMarker(base)
  for _, jobId in ipairs(jobIds) do emit(base, 'waiting', jobId) end
end

-- Puts a job before all others of its lane that have the same priority; one without a priority is
-- claimed next. previous: where it was; nil for a new job. priority: nil where it is to be read.
local function pushToHead(base, jobId, previous, priority)
  addToWait(base, jobId, 'RPUSH', priority or priorityOf(base .. jobId), previous)
end

-- A job in `waiting-children` waits for its turn, for jobs, or for its callbacks. Its score is the
-- time plus one of these: so jobs of each kind are counted and listed without the others.
local WAITS_FOR_TURN, WAITS_FOR_JOBS, WAITS_FOR_CALLBACKS = 0, 1e13, 2e13

local function addToWaitingChildren(base, jobId, timestamp, why)
  redis.call('ZADD', base .. 'waiting-children', string.format('%.0f', timestamp + why), jobId)
end

local function countWaiting(base, why)
  return redis.call('ZCOUNT', base .. 'waiting-children', string.format('%.0f', why),
    string.format('(%.0f', why + 1e13))
end

-- Lets a job wait for its children. Further fields of the event follow.
local function pushToWaitingChildren(base, jobId, timestamp, why, ...)
  addToWaitingChildren(base, jobId, timestamp, why)
  emit(base, 'waiting-children', jobId, ...)
end

-- Moves a job that waits for its children to the head of its lane, or of its priority. Returns
-- whether it waited. priority: nil where it is to be read.
local function wake(base, jobId, priority)
  if redis.call('ZREM', base .. 'waiting-children', jobId) == 0 then return false end
  pushToHead(base, jobId, 'waiting-children', priority)
  return true
end

local function pushToDelayed(base, jobId, dueAt)
  local delayedKey = base .. 'delayed'
  -- In BullMQ's scores the low 12 bits keep the order of the jobs that are due at the same ms (Q1).
  local lowest, highest = dueAt * 0x1000, dueAt * 0x1000 + 0xfff
  local last = redis.call('ZREVRANGEBYSCORE', delayedKey, string.format('%.0f', highest),
    string.format('%.0f', lowest), 'WITHSCORES', 'LIMIT', 0, 1)
  local score = last[2] and math.min(tonumber(last[2]) + 1, highest) or lowest
  redis.call('ZADD', delayedKey, string.format('%.0f', score), jobId)
  emit(base, 'delayed', jobId, 'delay', string.format('%.0f', dueAt))
  markNextDue(base)
end

-- The due jobs that one call of a script may still move: more would hold up Redis for too long.
local mayMove = 1000

-- Moves one due job. An entry that is no job becomes a dead letter: it would stop the others (B1).
local function promote(base, jobId)
  redis.call('ZREM', base .. 'delayed', jobId)
  local name = redis.pcall('HGET', base .. jobId, 'name')
  if type(name) == 'string' then
    redis.call('HSET', base .. jobId, 'delay', 0)
    addToTail(base, jobId, 'delayed')
    return
  end
  setAside(base, jobId, 'nothing is stored under its id that is a job')
end

-- The first due jobs that have not been moved yet, at most so many.
local function dueJobs(base, most)
  local last = string.format('%.0f', (redisTime() + 1) * 0x1000 - 1)
  return redis.call('ZRANGEBYSCORE', base .. 'delayed', '-inf', last, 'LIMIT', 0, most)
end

-- Moves the due jobs to the tail of the wait list, or of their priority (Q7), in the order in which
-- they became due (Q1). Returns how many, and whether some are left for another call.
local function promoteDue(base)
  local due, count = dueJobs(base, mayMove + 1), 0
  while count < math.min(#due, mayMove) and mayArrive > 0 do
    count = count + 1
    promote(base, due[count])
  end
  mayMove = mayMove - count
  return count, #due > count
end

-- Puts a job at the tail of its lane, behind the jobs that are due by now: these are moved first.
-- So the wait list is in order whenever a claim looks at it.
local function pushToTail(base, jobId, previous)
  local _, areLeft = promoteDue(base)
  -- The job is due as well, after those that are left.
  if areLeft or mayArrive <= 0 then pushToDelayed(base, jobId, redisTime())
  else addToTail(base, jobId, previous) end
end
