-- Puts a job into one of the lists of its queue and wakes a worker, as BullMQ does. `prefix` is
-- that of the queue.
--- @include "quota-order"
--- @include "redis-time"

local function maxEvents(prefix)
  return redis.call('HGET', prefix .. 'meta', 'opts.maxLenEvents') or 10000
end

-- Adds an event of a job to its queue's stream, as BullMQ does; what else it says follows, as name,
-- value, name, value …
local function tell(prefix, event, jobId, ...)
  redis.call('XADD', prefix .. 'events', 'MAXLEN', '~', maxEvents(prefix), '*', 'event', event, 'jobId', jobId, ...)
end

local function isPausedOrFull(prefix)
  local paused, concurrency = unpack(redis.call('HMGET', prefix .. 'meta', 'paused', 'concurrency'))
  if paused then return true end
  return concurrency and redis.call('LLEN', prefix .. 'active') >= tonumber(concurrency)
end

-- Adds a job to the wait list, and wakes a worker.
local function addToWait(prefix, jobId, side, previous)
  if side == 'LPUSH' then arriveAtQuotas(prefix, jobId) end
  redis.call(side, prefix .. 'wait', jobId)
  if not isPausedOrFull(prefix) then redis.call('ZADD', prefix .. 'marker', 0, '0') end
  if previous then tell(prefix, 'waiting', jobId, 'prev', previous) else tell(prefix, 'waiting', jobId) end
end

-- Lets a job wait for those below it.
local function pushToWaitingChildren(prefix, jobId, timestamp, ...)
  redis.call('ZADD', prefix .. 'waiting-children', timestamp, jobId)
  tell(prefix, 'waiting-children', jobId, ...)
end

local function pushToDelayed(prefix, jobId, dueAt)
  local delayedKey = prefix .. 'delayed'
  -- As BullMQ: the low 12 bits of a delayed job's score keep the order of those that are due at the
  -- same time (Q1).
  local lowest, highest = dueAt * 0x1000, dueAt * 0x1000 + 0xfff
  local last = redis.call('ZREVRANGEBYSCORE', delayedKey, string.format('%.0f', highest), string.format('%.0f', lowest),
    'WITHSCORES', 'LIMIT', 0, 1)
  local score = last[2] and math.min(tonumber(last[2]) + 1, highest) or lowest
  redis.call('ZADD', delayedKey, string.format('%.0f', score), jobId)
  tell(prefix, 'delayed', jobId, 'delay', string.format('%.0f', dueAt))
  local first = redis.call('ZRANGE', delayedKey, 0, 0, 'WITHSCORES')
  redis.call('ZADD', prefix .. 'marker', string.format('%.0f', math.floor(tonumber(first[2]) / 0x1000)), '1')
end

-- One call of a script moves so many due jobs: Redis is not held up for more than some ms.
local mayMove = 1000

-- Moves one due job. One bad record must not keep the others in `delayed`: it is a dead letter (B1).
local function promote(prefix, jobId)
  redis.call('ZREM', prefix .. 'delayed', jobId)
  local name = redis.pcall('HGET', prefix .. jobId, 'name')
  if type(name) == 'string' then
    redis.call('HSET', prefix .. jobId, 'delay', 0)
    addToWait(prefix, jobId, 'LPUSH', 'delayed')
    return
  end
  local found = { reason = 'nothing is stored under its id that is a job', at = redisTime() }
  redis.call('HSET', prefix .. 'dead-letters', jobId, cjson.encode(found))
  tell(prefix, 'dead-letters', jobId)
end

-- Moves the jobs whose time has come to the tail of the wait list, in the order in which they
-- became due (Q1). Returns how many, and whether more are left for another call.
local function promoteDue(prefix)
  local delayedKey = prefix .. 'delayed'
  local last = string.format('%.0f', (redisTime() + 1) * 0x1000 - 1)
  local due = redis.call('ZRANGEBYSCORE', delayedKey, '-inf', last, 'LIMIT', 0, mayMove + 1)
  local count = math.min(#due, mayMove)
  for i = 1, count do promote(prefix, due[i]) end
  mayMove = mayMove - count
  return count, #due > count
end

-- side: 'RPUSH' for the head of the queue, 'LPUSH' for its tail. Whatever comes to the tail stands
-- behind the jobs that are due by then: they are moved first. So the wait list is in order whenever
-- a claim looks at it.
local function pushToWait(prefix, jobId, side, previous)
  if side == 'LPUSH' then
    local _, areLeft = promoteDue(prefix)
    -- It is due as well, after those that are left.
    if areLeft then return pushToDelayed(prefix, jobId, redisTime()) end
  end
  addToWait(prefix, jobId, side, previous)
end
