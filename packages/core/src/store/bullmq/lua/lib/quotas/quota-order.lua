-- The order in which jobs get slots of quotas (Q4, Q5): that of the queue. A job with quotas gets
-- its number, the arrival, when it comes to the tail of its lane. Until it tries to take its slots
-- it is one of the *coming* jobs of each of its quotas. Without that the order would be the one in
-- which dispatchers ask for slots after their claims.
--- @include "job-key"

-- The names of the quotas of a job; most jobs have none.
local function quotasOf(jobKey)
  local options = redis.pcall('HGET', jobKey, 'opts')
  if type(options) ~= 'string' or not string.find(options, '"quotas"', 1, true) then return {} end
  -- A job with damaged options was never started, and so holds no slot (B1).
  local isJson, decoded = pcall(cjson.decode, options)
  local quotas = isJson and type(decoded) == 'table' and decoded.quotas
  local names = {}
  for _, name in ipairs(type(quotas) == 'table' and quotas or {}) do
    if type(name) == 'string' then names[#names + 1] = name end
  end
  return names
end

-- The sorted set, by arrival, of a lane's jobs that are 'coming', 'queued' or 'woken' at a quota.
local function laneKey(base, name, what)
  local prefix, queueBase = splitBase(base)
  return queueBase .. ':quota:' .. name .. ':' .. what .. ':' .. string.sub(base, #prefix + 1, -2)
end

-- Gives a job its number, behind all that came before.
local function newArrival(base, id)
  local _, queueBase = splitBase(base)
  local arrival = redis.call('INCR', queueBase .. ':quotas:arrivals')
  redis.call('HSET', base .. id, 'quotaArrival', arrival)
  return arrival
end

local function arriveAtQuotas(base, id)
  local names = quotasOf(base .. id)
  if #names == 0 then return end
  local arrival = newArrival(base, id)
  for _, name in ipairs(names) do redis.call('ZADD', laneKey(base, name, 'coming'), arrival, id) end
end
