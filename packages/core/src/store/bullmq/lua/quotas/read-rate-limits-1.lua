--[[
  Reads the rate limits of a queue.

  KEYS: rateLimits (name to `max/duration`)
  ARGV: queueBase, name ('' for all; that of a limit, or of one of its keys)
  Reply: for each { name, max, duration, the number of starts of the last window, the number of jobs
         that wait for it, until when it is closed (ms since 1970; 0: it is not) }. Of a limit with
         keys: { `name/`, max, duration, number of keys that have jobs }
]]
--- @include "quotas"
local queueBase, wanted = ARGV[1], ARGV[2]

local function read(limit)
  local name = 'rate:' .. limit
  local max, duration = rateOf(queueBase, name)
  return { limit, max, duration, countStarts(queueBase, name, duration),
    countQueued(queueBase, name), closedUntil(queueBase, name) }
end

-- A name with a key is not among the names of limits.
if string.match(wanted, '/.') then
  return rateOf(queueBase, 'rate:' .. wanted) and { read(wanted) } or {}
end
local found = {}
for _, limit in ipairs(redis.call('HKEYS', KEYS[1])) do
  local name = 'rate:' .. limit
  if limit == wanted .. '/' or wanted == '' and keyedQuotaOf(name) then
    local max, duration = rateOf(queueBase, name)
    found[#found + 1] = { limit, max, duration, redis.call('HLEN', keysInUse(queueBase, name)) }
  elseif wanted == '' or wanted == limit then
    found[#found + 1] = read(limit)
  end
end
return found
