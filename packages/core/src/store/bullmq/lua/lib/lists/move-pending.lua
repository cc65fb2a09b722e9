-- Gives a pending job other options, and the place in its lane that follows from them (Q12).
--- @include "begin-deadline"
--- @include "key-entries"
--- @include "priority"
--- @include "system-marker"
--- @include "take-job"

-- Options whose change gives a job a new place among those that wait for slots.
local LIMITS = { 'quotas', 'rateLimits' }

local function isNamed(names, option)
  return string.find(' ' .. names .. ' ', ' ' .. option .. ' ', 1, true) ~= nil
end

local function areLimitsNamed(names)
  for _, option in ipairs(LIMITS) do
    if isNamed(names, option) then return true end
  end
  return false
end

-- Where a pending job is: 'lane' for one that can be claimed now; 'elsewhere' for one whose turn
-- has not come, which is moved when it comes.
local function placeOfPending(base, id)
  local key = base .. id
  if hasField(key, 'deferred') or redis.call('ZSCORE', base .. 'waiting-children', id)
    or keyAwaitedBy(key) then
    return 'elsewhere'
  end
  if redis.call('ZSCORE', base .. 'delayed', id) then return 'delayed' end
  if redis.call('ZSCORE', base .. 'parked', id) then return 'parked' end
  return 'lane'
end

-- Where it goes: 'delayed', 'tail', or 'head'; nil where it stays.
local function targetOf(place, names, isLater, hasOtherPriority)
  if place == 'elsewhere' then return nil end
  if isNamed(names, 'beginAfter') then
    if isLater then return 'delayed' end
    if place == 'delayed' then return 'tail' end
  end
  if place == 'delayed' then return nil end
  if hasOtherPriority then return 'tail' end
  -- Its turn has come before: it may try at once (Q4).
  return place == 'parked' and areLimitsNamed(names) and 'head' or nil
end

-- The job keeps its place in the order of its quotas, also in one that it did not name before.
local function arriveAgain(base, id)
  local limits, priority = quotasOf(base .. id)
  if #limits == 0 then return end
  local arrival = redis.call('HGET', base .. id, 'quotaArrival') or newArrival(base, id, priority)
  noteComing(base, limits, id, arrival)
end

-- Notes by when the job must have begun; the deadline of a callback counts from its turn.
local function noteOwnDeadline(base, id)
  local key, _, queueBase = base .. id, splitBase(base)
  if hasField(key, 'deferred') then return end
  local deadlinesKey, member = queueBase .. ':begin-by', laneOf(base) .. '/' .. id
  local deadline = beginDeadline(key)
  if not deadline then
    redis.call('ZREM', deadlinesKey, member)
    return
  end
  redis.call('ZADD', deadlinesKey, string.format('%.0f', deadline), member)
  lookAtDeadlines(deadlinesKey, queueBase .. '/system:marker')
end

-- options: JSON; names: of those that change; dueAt: ms since 1970.
local function changeOptions(base, id, options, names, dueAt)
  local key, now = base .. id, redisTime()
  local isTimed = isNamed(names, 'beginAfter')
  -- The job may be due already, behind others.
  if isTimed then promoteDue(base) end
  local place, delay = placeOfPending(base, id), math.max(0, dueAt - now)
  local priority = priorityIn(options) or 0
  local target = targetOf(place, names, delay > 0, priority ~= priorityOf(key))
  local rearrives = not target and place == 'lane' and areLimitsNamed(names)
  if target then takePending(base, id)
  elseif rearrives then freeQuotas(base, id) end
  redis.call('HSET', key, 'opts', options, 'priority', priority)
  if isTimed then
    redis.call('HDEL', key, 'dueAt')
    if place ~= 'elsewhere' then redis.call('HSET', key, 'delay', string.format('%.0f', delay)) end
  end
  if isTimed or isNamed(names, 'beginBy') then
    redis.call('HSET', key, 'turnAt', now)
    noteOwnDeadline(base, id)
  end
  if target == 'head' or rearrives then arriveAgain(base, id) end
  if target == 'head' then pushBehindEarlier(base, id, priority)
  elseif target == 'tail' then pushToTail(base, id)
  elseif target == 'delayed' then pushToDelayed(base, id, dueAt) end
end
