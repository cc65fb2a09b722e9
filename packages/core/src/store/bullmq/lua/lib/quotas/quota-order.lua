-- The order in which jobs get slots of quotas (Q4, Q5): that of the queue. A job with quotas gets
-- its number, the arrival, when it comes to the tail of its lane. Until it tries to take its slots
-- it is one of the *coming* jobs of each of its quotas. Without that the order would be the one in
-- which dispatchers ask for slots after their claims.
-- Priorities come before the times of the puts (Q7).
--- @include "job-key"
--- @include "priority"
--- @include "rate-limits"

-- The names of the quotas of a job, then those of its rate limits; most jobs have none. Returns the
-- priority of the job too.
local function quotasOf(jobKey)
  local found = redis.pcall('HMGET', jobKey, 'opts', 'priority')
  if found.err then return {}, 0 end
  local options, priority = found[1], toPriority(found[2])
  local isLimited = options and (string.find(options, '"quotas"', 1, true)
    or string.find(options, '"rateLimits"', 1, true))
  if not isLimited then return {}, priority end
  -- A job with damaged options was never started, and so holds no slot (B1).
  local isJson, decoded = pcall(cjson.decode, options)
  local names = {}
  for _, kind in ipairs({ { 'quotas', '' }, { 'rateLimits', 'rate:' } }) do
    local list = isJson and type(decoded) == 'table' and decoded[kind[1]]
    for _, name in ipairs(type(list) == 'table' and list or {}) do
      if type(name) == 'string' then names[#names + 1] = kind[2] .. name end
    end
  end
  return names, priority
end

-- The size of a quota; false for an unknown one. All keys of a quota have the same size.
local function sizeOfQuota(queueBase, name)
  return redis.call('HGET', queueBase .. ':quotas', keyedQuotaOf(name) or name)
end

local function holdersKey(queueBase, name) return limitKey(queueBase, name) .. ':holders' end

-- The sorted set, by arrival, of a lane's jobs that are 'coming', 'queued' or 'woken' at a quota or
-- a rate limit. For the sets of those with keys see `turns`.
local function laneKey(base, name, what)
  local prefix, queueBase = splitBase(base)
  return limitKey(queueBase, name) .. ':' .. what .. ':' .. string.sub(base, #prefix + 1, -2)
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

-- The slots that no job holds, or the starts that are left; nil for an unknown quota or limit.
local function slotsLeft(queueBase, name)
  if rateLimitOf(name) then return freeStarts(queueBase, name) end
  local size = sizeOfQuota(queueBase, name)
  -- A damaged size counts as 0.
  return size and (tonumber(size) or 0) - redis.call('HLEN', holdersKey(queueBase, name)) or nil
end

-- The slots that are free for a job with this arrival, in its lane; nil for an unknown quota.
local function freeSlots(base, name, arrival)
  local _, queueBase = splitBase(base)
  local left = slotsLeft(queueBase, name)
  if not left then return nil end
  -- A rate limit may have opened, or many slots have come at once, and not all of its waiting jobs
  -- are woken yet.
  local queuedKey = laneKey(base, name, 'queued')
  if redis.call('ZCOUNT', queuedKey, '-inf', '(' .. arrival) > 0 then return 0 end
  return left - redis.call('ZCOUNT', laneKey(base, name, 'woken'), '-inf', '(' .. arrival)
    - redis.call('ZCOUNT', laneKey(base, name, 'coming'), '-inf', '(' .. arrival)
end

-- Lets a job wait in a set of a quota, by its rank. It is in no list of BullMQ's then. Returns as
-- `noteOpening` does. A job in the line of a key that is open waits for its turn alone.
local function parkIn(base, name, what, id, rank)
  redis.call('ZADD', laneKey(base, name, what), rank, id)
  redis.call('ZADD', base .. 'parked', rank, id)
  if not rateLimitOf(name) then return nil end
  local _, queueBase = splitBase(base)
  local waits = what == 'queued' or (freeStarts(queueBase, name) or 1) <= 0
  return waits and noteOpening(queueBase, name) or nil
end
