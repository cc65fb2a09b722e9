-- The slots of a queue's quotas (Q5). A job holds a slot of each of its quotas, or of none. A job
-- that finds a quota full is *parked*: it is in no list of BullMQ's, but among the parked jobs of
-- its lane and in the quota queue ('queued') of that one quota. A slot that becomes free wakes in
-- each lane as many queued jobs as there are free slots. They go to the head of their lanes, or of
-- their priorities (Q7), and the first one that is claimed gets the slot. So a lane that no agent
-- serves takes no slot from the others. Until a *woken* job has tried, it is before all later ones
-- of its lane. A quota may have keys, which take turns (Q9): see `turns`. Jobs wait for rate limits
-- in the same way (Q9): there a slot is a start, which becomes free by time. `open-limits` wakes
-- jobs then.
--- @include "bullmq-lists"
--- @include "give-turns"

-- The bases of all lanes of a queue that can have jobs with quotas.
local function laneBases(queueBase)
  local bases = { queueBase .. ':' }
  for _, lane in ipairs(redis.call('SMEMBERS', queueBase .. ':lanes')) do
    bases[#bases + 1] = queueBase .. '/' .. lane .. ':'
  end
  return bases
end

-- The first quota that has no slot for a job. An unknown quota is not full: the claim of the job
-- reports it.
local function firstFull(base, names, arrival)
  for _, name in ipairs(names) do
    local free = freeSlots(base, name, arrival)
    if free and free <= 0 then return name end
  end
end

-- The job has taken its slots, or is parked: it does not stand before others any more.
local function dropFromOrder(base, name, id)
  redis.call('ZREM', laneKey(base, name, 'woken'), id)
  redis.call('ZREM', laneKey(base, name, 'coming'), id)
end

-- Puts a job at the head of its lane, behind the jobs there that arrived before it (Q1): several
-- that wait for a quota may be changed, or woken, one after another.
local function pushBehindEarlier(base, id, priority)
  if priority > 0 then return pushToHead(base, id, nil, priority) end
  local near, earlier = redis.call('LRANGE', base .. 'wait', -NEAR_HEAD, -1), {}
  local arrival = tonumber(redis.call('HGET', base .. id, 'quotaArrival') or 0)
  for i = #near, 1, -1 do
    local other = tonumber(redis.pcall('HGET', base .. near[i], 'quotaArrival'))
    if not other or other > arrival then break end
    table.insert(earlier, 1, near[i])
  end
  pushBehindFirst(base, id, earlier)
end

-- Puts a job at the head of its lane, behind those that were woken before it: jobs without quotas
-- at the head stay before it, so that very many woken jobs do not delay them. before: the woken
-- ones: id, arrival, id, arrival …
local function pushBehindWoken(base, id, before, arrival, priority)
  if priority > 0 or #before == 0 then return pushToHead(base, id, nil, priority) end
  local isEarlier, first = {}, 1
  for i = 1, #before, 2 do isEarlier[before[i]] = tonumber(before[i + 1]) < tonumber(arrival) end
  local near = redis.call('LRANGE', base .. 'wait', -NEAR_HEAD, -1)
  while first <= #near and not isEarlier[near[first]] do first = first + 1 end
  pushBehindFirst(base, id, { unpack(near, first) })
end

-- Wakes the first jobs of a quota queue of a lane, as many as there are free slots, within a bound:
-- more would hold up Redis for too long. Each woken job that takes its slots looks at further ones,
-- and so does the next look of a rate limit. While a job waits that could start, one of its lane is
-- woken: that one goes on when it is claimed, or taken out.
local function wakeInLane(base, name)
  local queuedKey, wokenKey = laneKey(base, name, 'queued'), laneKey(base, name, 'woken')
  local before = redis.call('ZRANGE', wokenKey, 0, NEAR_HEAD - 1, 'WITHSCORES')
  local woken, left, isQuota = {}, NEAR_HEAD - #before / 2, not rateLimitOf(name)
  while left > 0 do
    left = left - 1
    local id, arrival = unpack(redis.call('ZRANGE', queuedKey, 0, 0, 'WITHSCORES'))
    if not id then break end
    local names, priority = quotasOf(base .. id)
    local full = firstFull(base, names, arrival)
    if full == name then break end
    redis.call('ZREM', queuedKey, id)
    redis.call('ZREM', base .. 'parked', id)
    -- None of those looked at can start. The last one goes on with the others when it is claimed.
    local goesOn = isQuota and #before == 0 and left == 0 and #woken == 0
    if full and not goesOn then
      -- It waits for another quota now, and does not hold up those behind it here.
      parkIn(base, full, 'queued', id, arrival)
    elseif redis.call('EXISTS', base .. id) == 1 then
      for _, each in ipairs(names) do
        redis.call('ZADD', laneKey(base, each, 'woken'), arrival, id)
      end
      woken[#woken + 1] = { id, priority, arrival }
    end
  end
  for i = #woken, 1, -1 do
    local id, priority, arrival = unpack(woken[i])
    -- The first one comes last, and so the others stand behind it.
    if isQuota then pushBehindWoken(base, id, before, arrival, priority)
    else pushBehindEarlier(base, id, priority) end
  end
end

-- The sets of a lane that have the jobs of a quota, or of one of its keys.
local OF_LANE = { 'line', 'turn', 'queued', 'woken', 'coming' }

-- Nothing is kept of a key that has no jobs (Q9).
local function forgetIdleKey(queueBase, name, quota)
  local keys = { holdersKey(queueBase, name) }
  for _, base in ipairs(laneBases(queueBase)) do
    for _, what in ipairs(OF_LANE) do keys[#keys + 1] = laneKey(base, name, what) end
  end
  if redis.call('EXISTS', unpack(keys)) > 0 then return end
  redis.call('HDEL', keysInUse(queueBase, quota), name)
  redis.call('UNLINK', limitKey(queueBase, name) .. ':checked')
end

-- Wakes the jobs that the free slots of a quota are for, in every lane. In the line of a key they
-- take turns with those of the other keys.
local function wakeQueued(queueBase, name)
  local quota = keyedQuotaOf(name)
  for _, base in ipairs(laneBases(queueBase)) do
    wakeInLane(base, name)
    if quota then passTurn(base, name, quota) end
  end
  if quota then forgetIdleKey(queueBase, name, quota) end
end

-- Drops those of the first jobs in the order of a lane that will never try: they are gone, have
-- ended, are dead letters or delayed. Only another program, or a loss between two steps, leaves
-- such jobs. Returns whether there was one.
local function dropDeadFirst(base, name)
  local dropped = false
  for _, what in ipairs({ 'woken', 'coming', 'turn' }) do
    local key = laneKey(base, name, what)
    for _, id in ipairs(redis.call('ZRANGE', key, 0, 99)) do
      local task, finishedOn = unpack(redis.pcall('HMGET', base .. id, 'name', 'finishedOn'))
      if not task or finishedOn or redis.call('ZSCORE', base .. 'delayed', id)
        or redis.call('HEXISTS', base .. 'dead-letters', id) == 1 then
        redis.call('ZREM', key, id)
        dropped = true
      end
    end
  end
  return dropped
end

-- Whether jobs wait until a rate limit opens, in any lane. Those in the line of a key that is open
-- wait for their turns.
local function jobsWait(queueBase, name)
  local isClosed = keyedQuotaOf(name) and (freeStarts(queueBase, name) or 1) <= 0
  for _, base in ipairs(laneBases(queueBase)) do
    local has = redis.call('EXISTS', laneKey(base, name, 'queued')) == 1
      or isClosed and redis.call('EXISTS', laneKey(base, name, 'line')) == 1
    if has then return true end
  end
  return false
end

-- The number of jobs that wait for a slot or a turn, in all lanes, with those that are woken.
local function countQueued(queueBase, name)
  local count = 0
  for _, base in ipairs(laneBases(queueBase)) do
    for _, what in ipairs({ 'line', 'queued', 'woken' }) do
      count = count + redis.call('ZCARD', laneKey(base, name, what))
    end
  end
  return count
end

-- Frees the slots of a job, and takes it out of the quota queues. keepsOrder: it runs again before
-- all that came later (Q4); else it loses its number.
local function freeQuotas(base, id, keepsOrder)
  local names = quotasOf(base .. id)
  if #names == 0 then return end
  local prefix, queueBase = splitBase(base)
  local member = string.sub(base, #prefix + 1) .. id
  local arrival = redis.call('HGET', base .. id, 'quotaArrival')
  for _, name in ipairs(names) do
    redis.call('HDEL', holdersKey(queueBase, name), member)
    redis.call('ZREM', laneKey(base, name, 'queued'), id)
    dropFromOrder(base, name, id)
    if keepsOrder and arrival then
      redis.call('ZADD', laneKey(base, name, 'woken'), arrival, id)
    end
  end
  endTurn(base, names, id)
  redis.call('ZREM', base .. 'parked', id)
  for _, name in ipairs(names) do wakeQueued(queueBase, name) end
end

-- Frees the slots whose holders are gone, have their result or are delayed. Returns whether there
-- was one.
local function dropDeadHolders(prefix, queueBase, name)
  local key = holdersKey(queueBase, name)
  local dropped = false
  for _, member in ipairs(redis.call('HKEYS', key)) do
    local jobKey = prefix .. member
    local base, id = splitJobKey(jobKey)
    -- The record may be damaged (B1).
    local task, finishedOn, result =
      unpack(redis.pcall('HMGET', jobKey, 'name', 'finishedOn', 'result'))
    local isLater = not isHeld(jobKey) and redis.call('ZSCORE', base .. 'delayed', id)
    if not task or finishedOn or result or isLater then
      redis.call('HDEL', key, member)
      dropped = true
    end
  end
  return dropped
end

local function sweepQuota(queueBase, name)
  local prefix = splitBase(queueBase .. ':')
  dropDeadHolders(prefix, queueBase, name)
  for _, base in ipairs(laneBases(queueBase)) do dropDeadFirst(base, name) end
  wakeQueued(queueBase, name)
  if rateLimitOf(name) and jobsWait(queueBase, name) then noteOpening(queueBase, name) end
end
