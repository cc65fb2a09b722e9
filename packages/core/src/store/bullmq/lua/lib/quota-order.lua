-- The order of jobs in their quotas (Q4, Q5): that of the queue. A job with quotas gets its place,
-- a number, when it comes to the tail of its lane, and is among the *coming* ones of each quota
-- until it has tried to take its slots. Without that the order would be the one in which
-- dispatchers ask for slots after their claims.
--
-- `base` is that of a lane's keys, `root` what stands before all keys.

local function splitBase(base)
  local root, queue = string.match(base, '^(.*:)([^:/]+)[^:]*:$')
  return root, root .. queue
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

-- The key of a lane that holds something of a quota: 'coming', 'queued' and 'woken'.
local function laneKey(base, name, what)
  local root, queueBase = splitBase(base)
  return queueBase .. ':quota:' .. name .. ':' .. what .. ':' .. string.sub(base, #root + 1, -2)
end

-- Gives a job its place, behind all that came before.
local function arriveAtQuotas(base, id)
  local names = quotasOf(base .. id)
  if #names == 0 then return end
  local _, queueBase = splitBase(base)
  local arrival = redis.call('INCR', queueBase .. ':quotas:arrivals')
  redis.call('HSET', base .. id, 'quotaArrival', arrival)
  for _, name in ipairs(names) do redis.call('ZADD', laneKey(base, name, 'coming'), arrival, id) end
end
