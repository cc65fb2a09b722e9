-- Puts a job into the wait list of its queue and wakes a worker, as BullMQ does. `prefix` is that of the queue.

local function maxEvents(prefix)
  return redis.call('HGET', prefix .. 'meta', 'opts.maxLenEvents') or 10000
end

-- Adds an event of a job to its queue's stream, as BullMQ does; what else it says follows, as name, value, name, value …
local function tell(prefix, event, jobId, ...)
  redis.call('XADD', prefix .. 'events', 'MAXLEN', '~', maxEvents(prefix), '*', 'event', event, 'jobId', jobId, ...)
end

local function isPausedOrFull(prefix)
  local paused, concurrency = unpack(redis.call('HMGET', prefix .. 'meta', 'paused', 'concurrency'))
  if paused then return true end
  return concurrency and redis.call('LLEN', prefix .. 'active') >= tonumber(concurrency)
end

-- side: 'RPUSH' for the head of the queue, 'LPUSH' for its tail.
local function pushToWait(prefix, jobId, side, previous)
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
  -- As BullMQ: the low 12 bits of a delayed job's score keep the order of those that are due at the same time (Q1).
  local lowest, highest = dueAt * 0x1000, dueAt * 0x1000 + 0xfff
  local last = redis.call('ZREVRANGEBYSCORE', delayedKey, string.format('%.0f', highest), string.format('%.0f', lowest),
    'WITHSCORES', 'LIMIT', 0, 1)
  local score = last[2] and math.min(tonumber(last[2]) + 1, highest) or lowest
  redis.call('ZADD', delayedKey, string.format('%.0f', score), jobId)
  tell(prefix, 'delayed', jobId, 'delay', string.format('%.0f', dueAt))
  local first = redis.call('ZRANGE', delayedKey, 0, 0, 'WITHSCORES')
  redis.call('ZADD', prefix .. 'marker', string.format('%.0f', math.floor(tonumber(first[2]) / 0x1000)), '1')
end
