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

-- The sorted set, by arrival, of a lane's jobs that are 'coming', 'queued' or 'woken' at a quota.
local function laneKey(base, name, what)
  local prefix, queueBase = splitBase(base)
  return queueBase .. ':quota:' .. name .. ':' .. what .. ':' .. string.sub(base, #prefix + 1, -2)
end

-- Gives a job its number, behind all of its priority that came before. Arrivals may pass 2^32: jobs
-- that wait at the same time are fewer than 2^32 arrivals apart. The number is a string: numbers of
-- Lua would be rounded among the arguments of a command.
local function newArrival(base, id, priority)
  local _, queueBase = splitBase(base)
  local count = redis.call('INCR', queueBase .. ':quotas:arrivals')
  local arrival = string.format('%.0f', priority * 0x100000000 + count)
  redis.call('HSET', base .. id, 'quotaArrival', arrival)
  return arrival
end

-- Returns the priority of the job.
local function arriveAtQuotas(base, id)
  local names, priority = quotasOf(base .. id)
  if #names == 0 then return priority end
  local arrival = newArrival(base, id, priority)
  for _, name in ipairs(names) do redis.call('ZADD', laneKey(base, name, 'coming'), arrival, id) end
  return priority
end
