-- Rate limits (Q9): at most so many starts in any window of so many ms, by Redis's clock. The
-- starts of the last window are in a sorted set, by their times in ms with the µs: without these a
-- window could have one start too many. The members are the tokens of the claims that started.
--- @include "limit-names"
--- @include "system-marker"

-- A limit whose free starts are all for woken jobs is looked at again after so many ms.
local WOKEN_LOOK = 1000
-- A limit that opens for one start after another is looked at once in so many ms, or in a hundredth
-- of its window where that is less.
local MOST_APART = 10
-- A look that is late by more ms has no dispatcher that makes it.
local LATE_LOOK = 50
-- Starts that have left the window are removed, at most so many in a call.
local MOST_REMOVED = 200

local scriptTimeExact

-- ms since 1970, with the µs.
local function exactTime()
  if not scriptTimeExact then
    local time = redis.call('TIME')
    scriptTimeExact = time[1] * 1000 + time[2] / 1000
  end
  return scriptTimeExact
end

local function exactly(time) return string.format('%.3f', time) end

local function startsKey(queueBase, name) return limitKey(queueBase, name) .. ':starts' end

-- The limits that have waiting jobs, each by when it opens.
local function openingKey(queueBase) return queueBase .. ':rate-limits:opening' end

-- By name: the settings that the script has read.
local rates = {}

-- Returns max and duration; nil for an unknown limit. Damaged settings let no job start.
local function rateOf(queueBase, name)
  local limit = rateLimitOf(keyedQuotaOf(name) or name)
  local stored = rates[limit] or redis.call('HGET', queueBase .. ':rate-limits', limit)
  if not stored then return nil end
  rates[limit] = stored
  local max, duration = string.match(stored, '^(%d+)/(%d+)$')
  return tonumber(max or 0), tonumber(duration or WOKEN_LOOK)
end

-- Until when a task has closed the limit: ms since 1970; 0: it has not.
local function closedUntil(queueBase, name)
  return tonumber(redis.call('GET', limitKey(queueBase, name) .. ':closed') or 0) or 0
end

-- The number of starts of the last window. Those at a time to come, after a change of Redis's
-- clock, are among them.
local function countStarts(queueBase, name, duration)
  return redis.call('ZCOUNT', startsKey(queueBase, name), '(' .. exactly(exactTime() - duration),
    '+inf')
end

-- How many jobs may start now; nil for an unknown limit.
local function freeStarts(queueBase, name)
  local max, duration = rateOf(queueBase, name)
  if not max then return nil end
  if closedUntil(queueBase, name) > exactTime() then return 0 end
  return max - countStarts(queueBase, name, duration)
end

-- When a further job may start: ms since 1970; nil: never, or the limit is unknown.
local function opensAt(queueBase, name)
  local max, duration = rateOf(queueBase, name)
  if not max or max == 0 then return nil end
  local now, closedTill = exactTime(), closedUntil(queueBase, name)
  local count = countStarts(queueBase, name, duration)
  if count >= max then
    -- After a change of the limit several starts may have to leave the window.
    local found = redis.call('ZRANGEBYSCORE', startsKey(queueBase, name),
      '(' .. exactly(now - duration), '+inf', 'WITHSCORES', 'LIMIT', count - max, 1)
    return math.max(tonumber(found[2]) + duration, closedTill)
  end
  return closedTill > now and closedTill or now + WOKEN_LOOK
end

-- The ms between two looks at a limit, while jobs wait for it.
local function lookInterval(queueBase, name)
  local _, duration = rateOf(queueBase, name)
  return math.max(1, math.min(MOST_APART, duration / 100))
end

-- Jobs wait for the limit: lets a dispatcher look when it opens. Returns the ms until then where
-- this call has noted that time: its caller looks, if it can.
local function noteOpening(queueBase, name)
  local at = opensAt(queueBase, name)
  if not at then return nil end
  local known = redis.call('ZSCORE', openingKey(queueBase), name)
  local isNear = known and tonumber(known) <= at + lookInterval(queueBase, name)
  if isNear and tonumber(known) > exactTime() - LATE_LOOK then return nil end
  redis.call('ZADD', openingKey(queueBase), exactly(at), name)
  lookAt(queueBase .. '/system:marker', math.ceil(at))
  return math.ceil(at - exactTime())
end

local function startedUnder(queueBase, name, token)
  return redis.call('ZSCORE', startsKey(queueBase, name), token)
end

-- Whether jobs may wait for the limit.
local function hasWaiting(queueBase, name)
  return redis.call('ZSCORE', openingKey(queueBase), name)
end

-- The keys of a limit that have started jobs, or are closed, each until when that counts.
local function recentKey(queueBase, limit) return limitKey(queueBase, limit) .. ':recent' end

local function recentKeys(queueBase, limit)
  return redis.call('ZRANGE', recentKey(queueBase, limit), 0, -1)
end

-- Removes entries of a sorted set that are in the past, some in each call.
local function dropPast(key, last)
  local past = redis.call('ZRANGEBYSCORE', key, '-inf', exactly(last), 'LIMIT', 0, MOST_REMOVED)
  if #past > 0 then redis.call('ZREM', key, unpack(past)) end
end

-- Notes of a limit with keys that one of them has something to count until a time. Nothing is left
-- of the note after the last such time.
local function noteRecent(queueBase, name, till)
  local limit = keyedQuotaOf(name)
  if not limit then return end
  local key = recentKey(queueBase, limit)
  dropPast(key, exactTime())
  local known = tonumber(redis.call('ZSCORE', key, name) or 0)
  redis.call('ZADD', key, exactly(math.max(till, known)), name)
  local last = redis.call('ZREVRANGE', key, 0, 0, 'WITHSCORES')[2]
  redis.call('PEXPIRE', key, math.ceil(tonumber(last) - exactTime()) + 1)
end

local function recordStart(queueBase, name, token)
  local key, _, duration = startsKey(queueBase, name), rateOf(queueBase, name)
  dropPast(key, exactTime() - duration)
  redis.call('ZADD', key, exactly(exactTime()), token)
  -- The key goes with its last start. Redis compares whole ms.
  redis.call('PEXPIRE', key, duration + 1)
  noteRecent(queueBase, name, exactTime() + duration)
end

-- Closes a limit for so many ms, unless it is closed for longer.
local function closeLimit(queueBase, name, ms)
  local closedTill = redisTime() + ms
  if closedUntil(queueBase, name) >= closedTill then return end
  redis.call('SET', limitKey(queueBase, name) .. ':closed', string.format('%.0f', closedTill),
    'PX', string.format('%.0f', ms))
  noteRecent(queueBase, name, closedTill)
end
