-- Quotas of a queue (Q5): who holds their slots, who waits for them in which lane, and who may try
-- next.
--
-- `base` is that of a lane's keys, `root` what stands before all keys. A job holds all of its
-- quotas or none. One that finds a quota full is *parked*: in no list of BullMQ's, but among the
-- lane's parked jobs and the queued jobs of that one quota. A slot that is freed wakes, in each lane,
-- as many queued jobs as there are free slots: they go to the head of the lane's wait list, and whoever
-- is claimed first gets the slot. A lane that nobody serves so takes no slot from the others. Until
-- a woken job has tried, it stands before all that come after it in its lane.
--- @include "job-key"
--- @include "queue-lists"
--- @include "quota-order"

-- The bases of all lanes of a queue that jobs with quotas can be in.
local function laneBases(queueBase)
  local bases = { queueBase .. ':' }
  for _, lane in ipairs(redis.call('SMEMBERS', queueBase .. ':lanes')) do bases[#bases + 1] = queueBase .. '/' .. lane .. ':' end
  return bases
end

-- The key that holds something of a quota of the queue.
local function holdersKey(queueBase, name) return queueBase .. ':quota:' .. name .. ':holders' end

-- How many slots are free for a job that arrived then, in its lane; nil for a quota that is not
-- there.
local function freeSlots(base, name, arrival)
  local _, queueBase = splitBase(base)
  local size = redis.call('HGET', queueBase .. ':quotas', name)
  if not size then return nil end
  local before = redis.call('ZCOUNT', laneKey(base, name, 'woken'), '-inf', '(' .. arrival)
    + redis.call('ZCOUNT', laneKey(base, name, 'coming'), '-inf', '(' .. arrival)
  -- A size that is no number lets none start.
  return (tonumber(size) or 0) - redis.call('HLEN', holdersKey(queueBase, name)) - before
end

-- The first quota that has no slot for a job. One that is not there is not full: whoever claims the
-- job says so.
local function firstFull(base, names, arrival)
  for _, name in ipairs(names) do
    local free = freeSlots(base, name, arrival)
    if free and free <= 0 then return name end
  end
end

-- A job has its slots, or waits for some: it is to try no more.
local function dropFromOrder(base, name, id)
  redis.call('ZREM', laneKey(base, name, 'woken'), id)
  redis.call('ZREM', laneKey(base, name, 'coming'), id)
end

local function park(base, name, id, arrival)
  redis.call('ZADD', laneKey(base, name, 'queued'), arrival, id)
  redis.call('ZADD', base .. 'parked', arrival, id)
end

local function wakeInLane(base, name)
  local queuedKey = laneKey(base, name, 'queued')
  local woken = {}
  while true do
    local first = redis.call('ZRANGE', queuedKey, 0, 0, 'WITHSCORES')
    if #first == 0 then break end
    local id, arrival = first[1], first[2]
    local names = quotasOf(base .. id)
    local full = firstFull(base, names, arrival)
    if full == name then break end
    redis.call('ZREM', queuedKey, id)
    redis.call('ZREM', base .. 'parked', id)
    if full then
      -- It waits for another one now: whoever comes after it here must not wait with it.
      park(base, full, id, arrival)
    elseif redis.call('EXISTS', base .. id) == 1 then
      for _, own in ipairs(names) do redis.call('ZADD', laneKey(base, own, 'woken'), arrival, id) end
      woken[#woken + 1] = id
    end
  end
  for i = #woken, 1, -1 do pushToWait(base, woken[i], 'RPUSH') end
end

-- Wakes whom the free slots of a quota are for, in every lane.
local function wakeQueued(queueBase, name)
  for _, base in ipairs(laneBases(queueBase)) do wakeInLane(base, name) end
end

-- Those that stand first in the order of a lane, and that nothing will bring to try: they are gone,
-- made a dead letter, or wait for their time. Only a foreign hand, or a loss between two steps, leaves such.
-- Returns whether there was one.
local function dropDeadFirst(base, name)
  local dropped = false
  for _, what in ipairs({ 'woken', 'coming' }) do
    local key = laneKey(base, name, what)
    for _, id in ipairs(redis.call('ZRANGE', key, 0, 99)) do
      local task, finishedOn = unpack(redis.pcall('HMGET', base .. id, 'name', 'finishedOn'))
      if not task or finishedOn or redis.call('ZSCORE', base .. 'delayed', id) or redis.call('HEXISTS', base .. 'dead-letters', id) == 1 then
        redis.call('ZREM', key, id)
        dropped = true
      end
    end
  end
  return dropped
end

-- How many jobs wait for a slot, in any lane, also those that were woken and have not tried yet.
local function countQueued(queueBase, name)
  local count = 0
  for _, base in ipairs(laneBases(queueBase)) do
    count = count + redis.call('ZCARD', laneKey(base, name, 'queued')) + redis.call('ZCARD', laneKey(base, name, 'woken'))
  end
  return count
end

-- How many jobs are to try for a slot when they are claimed, in any lane.
local function countComing(queueBase, name)
  local count = 0
  for _, base in ipairs(laneBases(queueBase)) do
    dropDeadFirst(base, name)
    count = count + redis.call('ZCARD', laneKey(base, name, 'coming'))
  end
  return count
end

-- Frees what a job holds, and what it waits for. token: only slots taken under it; nil for all.
-- place: 'keep' where it is to run again before all that came later (Q4), 'leave' where another
-- claim or an interrupt decides about it.
local function freeQuotas(base, id, token, place)
  local names = quotasOf(base .. id)
  if #names == 0 then return end
  local root, queueBase = splitBase(base)
  local member = string.sub(base, #root + 1) .. id
  local arrival = redis.call('HGET', base .. id, 'quotaArrival')
  for _, name in ipairs(names) do
    local key = holdersKey(queueBase, name)
    if not token or redis.call('HGET', key, member) == token then redis.call('HDEL', key, member) end
    if place ~= 'leave' then dropFromOrder(base, name, id) end
    if place == 'keep' and arrival then redis.call('ZADD', laneKey(base, name, 'woken'), arrival, id) end
    if not token then redis.call('ZREM', laneKey(base, name, 'queued'), id) end
  end
  if not token then redis.call('ZREM', base .. 'parked', id) end
  for _, name in ipairs(names) do wakeQueued(queueBase, name) end
end

-- Drops those from the holders of a quota who hold it wrongly: jobs that are gone, have their
-- result, or wait for their time.
local function dropDeadHolders(root, queueBase, name)
  local key = holdersKey(queueBase, name)
  local dropped = false
  for _, member in ipairs(redis.call('HKEYS', key)) do
    local jobKey = root .. member
    local base, id = splitJobKey(jobKey)
    -- What is stored under its key may be no job (B1).
    local task, finishedOn, result = unpack(redis.pcall('HMGET', jobKey, 'name', 'finishedOn', 'result'))
    local isLater = redis.call('EXISTS', jobKey .. ':lock') == 0 and redis.call('ZSCORE', base .. 'delayed', id)
    if not task or finishedOn or result or isLater then
      redis.call('HDEL', key, member)
      dropped = true
    end
  end
  return dropped
end
