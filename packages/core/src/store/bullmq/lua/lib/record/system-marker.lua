-- When dispatchers look at the system lane of a queue: for jobs that have not begun in time (Q2),
-- and for schedules (Q10).
--- @include "redis-time"

-- Lets claimers of the system lane look at this time at the latest. They learn it from the marker
-- that BullMQ uses for delayed jobs. time: ms since 1970.
local function lookAt(markerKey, time)
  local marked = tonumber(redis.call('ZSCORE', markerKey, '1') or math.huge)
  if tonumber(time) >= marked then return end
  redis.call('ZADD', markerKey, string.format('%.0f', time), '1')
end

-- Notes by when a job must have begun. beginAfter: ms since 1970; member: `<lane>/<id>`.
local function noteDeadline(deadlinesKey, beginAfter, beginBy, member)
  local deadline = string.format('%.0f', math.max(redisTime(), beginAfter) + beginBy)
  redis.call('ZADD', deadlinesKey, deadline, member)
end

-- Lets claimers look when the first deadline of the queue has passed.
local function lookAtDeadlines(deadlinesKey, markerKey)
  lookAt(markerKey, redis.call('ZRANGE', deadlinesKey, 0, 0, 'WITHSCORES')[2])
end
