-- Quotas of a queue (Q5): who holds their slots, who waits for them in which lane, and who may try next.
--
-- `base` is that of a lane's keys, `root` what stands before all keys. A job holds all of its quotas or none. One that finds a
-- quota full is *parked*: in no list of BullMQ's, but among the lane's parked jobs and the waiters of that one quota. A slot that is
-- freed wakes, in each lane, as many waiters as there are free slots: they go to the head of the lane's wait list, and whoever is
-- claimed first gets the slot. A lane that nobody serves so takes no slot from the others. Until a woken job has tried, it stands
-- before all that come after it in its lane.
--- @include "job-key"
--- @include "queue-lists"

local function splitBase(base)
  local root, queue = string.match(base, '^(.*:)([^:/]+)[^:]*:$')
  return root, root .. queue
end

-- The bases of all lanes of a queue that jobs with quotas can be in.
local function laneBases(queueBase)
  local bases = { queueBase .. ':' }
  for _, lane in ipairs(redis.call('SMEMBERS', queueBase .. ':lanes')) do bases[#bases + 1] = queueBase .. '/' .. lane .. ':' end
  return bases
end

-- The names of the quotas of a job; most jobs have none.
local function quotasOf(jobKey)
  local options = redis.pcall('HGET', jobKey, 'opts')
  if type(options) ~= 'string' or not string.find(options, '"quotas"', 1, true) then return {} end
  -- A job whose options are damaged holds none: it was never started.
  local isJson, decoded = pcall(cjson.decode, options)
  local quotas = isJson and type(decoded) == 'table' and decoded.quotas
  local names = {}
  for _, name in ipairs(type(quotas) == 'table' and quotas or {}) do
    if type(name) == 'string' then names[#names + 1] = name end
  end
  return names
end

-- The key that holds something of a quota: 'holders' of the queue, 'waiters' and 'woken' of each lane.
local function holdersKey(queueBase, name) return queueBase .. ':quota:' .. name .. ':holders' end
local function laneKey(base, name, what)
  local root, queueBase = splitBase(base)
  return queueBase .. ':quota:' .. name .. ':' .. what .. ':' .. string.sub(base, #root + 1, -2)
end

-- How many slots are free for a job that arrived then, in its lane; nil for a quota that is not there.
local function freeSlots(base, name, arrival)
  local _, queueBase = splitBase(base)
  local size = redis.call('HGET', queueBase .. ':quotas', name)
  if not size then return nil end
  local before = redis.call('ZCOUNT', laneKey(base, name, 'woken'), '-inf', arrival and '(' .. arrival or '+inf')
  -- A size that is no number lets none start.
  return (tonumber(size) or 0) - redis.call('HLEN', holdersKey(queueBase, name)) - before
end

-- The first quota that has no slot for a job. One that is not there is not full: whoever claims the job says so.
local function firstFull(base, names, arrival)
  for _, name in ipairs(names) do
    local free = freeSlots(base, name, arrival)
    if free and free <= 0 then return name end
  end
end

local function park(base, name, id, arrival)
  redis.call('ZADD', laneKey(base, name, 'waiters'), arrival, id)
  redis.call('ZADD', base .. 'parked', arrival, id)
end

local function wakeInLane(base, name)
  local waitersKey = laneKey(base, name, 'waiters')
  local woken = {}
  while (freeSlots(base, name) or math.huge) > 0 do
    local first = redis.call('ZRANGE', waitersKey, 0, 0, 'WITHSCORES')
    if #first == 0 then break end
    local id, arrival = first[1], first[2]
    local names = quotasOf(base .. id)
    local full = firstFull(base, names, arrival)
    if full == name then break end
    redis.call('ZREM', waitersKey, id)
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
local function wakeWaiters(queueBase, name)
  for _, base in ipairs(laneBases(queueBase)) do wakeInLane(base, name) end
end

-- How many jobs wait for a slot, in any lane, also those that were woken and have not tried yet.
local function countWaiters(queueBase, name)
  local count = 0
  for _, base in ipairs(laneBases(queueBase)) do
    count = count + redis.call('ZCARD', laneKey(base, name, 'waiters')) + redis.call('ZCARD', laneKey(base, name, 'woken'))
  end
  return count
end

-- Frees what a job holds, and what it waits for. token: only slots taken under it; nil for all.
local function freeQuotas(base, id, token)
  local names = quotasOf(base .. id)
  if #names == 0 then return end
  local root, queueBase = splitBase(base)
  local member = string.sub(base, #root + 1) .. id
  for _, name in ipairs(names) do
    local key = holdersKey(queueBase, name)
    if not token or redis.call('HGET', key, member) == token then redis.call('HDEL', key, member) end
    redis.call('ZREM', laneKey(base, name, 'woken'), id)
    if not token then redis.call('ZREM', laneKey(base, name, 'waiters'), id) end
  end
  if not token then redis.call('ZREM', base .. 'parked', id) end
  for _, name in ipairs(names) do wakeWaiters(queueBase, name) end
end

-- Drops those from the holders of a quota who hold it wrongly: jobs that are gone, have their result, or wait for their time.
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
