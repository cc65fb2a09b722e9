-- The order in which jobs get slots of quotas (Q4, Q5): that of the queue. A job with quotas gets
-- its number, the arrival, when it comes to the tail of its lane. Until it tries to take its slots
-- it is one of the *coming* jobs of each of its quotas. Without that the order would be the one in
-- which dispatchers ask for slots after their claims.
-- Priorities come before the times of the puts (Q7).
--- @include "job-key"
--- @include "priority"

-- The names of the quotas of a job; most jobs have none. Returns the priority of the job too.
local function quotasOf(jobKey)
  local found = redis.pcall('HMGET', jobKey, 'opts', 'priority')
  if found.err then return {}, 0 end
  local options, priority = found[1], toPriority(found[2])
  if not options or not string.find(options, '"quotas"', 1, true) then return {}, priority end
  -- A job with damaged options was never started, and so holds no slot (B1).
  local isJson, decoded = pcall(cjson.decode, options)
  local quotas = isJson and type(decoded) == 'table' and decoded.quotas
  local names = {}
  for _, name in ipairs(type(quotas) == 'table' and quotas or {}) do
    if type(name) == 'string' then names[#names + 1] = name end
  end
  return names, priority
end

-- The quota of a name with a key (Q9): a job names `team/acme`, and `team/` is its quota. Returns
-- nil for a name without a key.
local function keyedQuotaOf(name) return string.match(name, '^[^/]+/') end

-- The size of a quota; false for an unknown one. All keys of a quota have the same size.
local function sizeOfQuota(queueBase, name)
  return redis.call('HGET', queueBase .. ':quotas', keyedQuotaOf(name) or name)
end

local function holdersKey(queueBase, name) return queueBase .. ':quota:' .. name .. ':holders' end

-- The sorted set, by arrival, of a lane's jobs that are 'coming', 'queued' or 'woken' at a quota.
-- For the sets of quotas with keys see `turns`.
local function laneKey(base, name, what)
  local prefix, queueBase = splitBase(base)
  return queueBase .. ':quota:' .. name .. ':' .. what .. ':' .. string.sub(base, #prefix + 1, -2)
end

-- A number behind all of its priority that were given before. They may pass 2^32: jobs that wait at
-- the same time are fewer than 2^32 numbers apart. The number is a string: numbers of Lua would be
-- rounded among the arguments of a command.
local function nextNumber(base, priority)
  local _, queueBase = splitBase(base)
  local count = redis.call('INCR', queueBase .. ':quotas:arrivals')
  return string.format('%.0f', priority * 0x100000000 + count)
end

local function noteArrival(base, id, arrival)
  redis.call('HSET', base .. id, 'quotaArrival', arrival)
end

-- Gives a job its number.
local function newArrival(base, id, priority)
  local arrival = nextNumber(base, priority)
  noteArrival(base, id, arrival)
  return arrival
end

-- The job has not tried for its slots yet.
local function noteComing(base, names, id, arrival)
  for _, name in ipairs(names) do redis.call('ZADD', laneKey(base, name, 'coming'), arrival, id) end
end

-- The slots that are free for a job with this arrival, in its lane; nil for an unknown quota.
local function freeSlots(base, name, arrival)
  local _, queueBase = splitBase(base)
  local size = sizeOfQuota(queueBase, name)
  if not size then return nil end
  local before = redis.call('ZCOUNT', laneKey(base, name, 'woken'), '-inf', '(' .. arrival)
    + redis.call('ZCOUNT', laneKey(base, name, 'coming'), '-inf', '(' .. arrival)
  -- A damaged size counts as 0.
  return (tonumber(size) or 0) - redis.call('HLEN', holdersKey(queueBase, name)) - before
end

-- Lets a job wait in a set of a quota, by its rank. It is in no list of BullMQ's then.
local function parkIn(base, name, what, id, rank)
  redis.call('ZADD', laneKey(base, name, what), rank, id)
  redis.call('ZADD', base .. 'parked', rank, id)
end
