--[[
  Creates, changes or removes a rate limit (Q9), and wakes the jobs that may start now.

  KEYS: rateLimits (name to `max/duration`)
  ARGV: queueBase, name, step ('create', 'resize' or 'remove'), rate (`max/duration`; to 'remove':
        the number of pending jobs that have the limit and are in no list of it),
        isKeyed ('1': to create it with keys; '0')
  Reply: 1 done; 2 done, and the caller wakes the jobs of its keys; 0 'create': it has another rate
         already, else: there is no such limit; -1 'create': there is one of that name of the other
         kind; 'remove' of a limit in use: { the number of pending jobs that have it, or of its
         keys that have jobs }
  Events: 'waiting' for each job that is woken
]]
--- @include "coming"
local rateLimitsKey = KEYS[1]
local queueBase, limit, step, rate, isKeyed = unpack(ARGV)

-- A limit with keys is stored as `name/`.
local keyed = limit .. '/'
local hasKeyed = redis.call('HEXISTS', rateLimitsKey, keyed) == 1
local stored = (hasKeyed or step == 'create' and isKeyed == '1') and keyed or limit
local name = 'rate:' .. stored
local before = redis.call('HGET', rateLimitsKey, stored)

local function pendingJobs()
  if stored == keyed then return redis.call('HLEN', keysInUse(queueBase, name)) + tonumber(rate) end
  return countQueued(queueBase, name) + countComing(queueBase, name) + tonumber(rate)
end

local function forget(key)
  for _, what in ipairs({ ':starts', ':closed', ':checked' }) do
    redis.call('UNLINK', limitKey(queueBase, key) .. what)
  end
  redis.call('ZREM', openingKey(queueBase), key)
end

if step == 'create' then
  if redis.call('HEXISTS', rateLimitsKey, isKeyed == '1' and limit or keyed) == 1 then return -1 end
  if before and before ~= rate then return 0 end
elseif not before then
  return 0
end
if step == 'remove' then
  local pending = pendingJobs()
  if pending > 0 then return { pending } end
  redis.call('HDEL', rateLimitsKey, stored)
  forget(name)
  for _, key in ipairs(recentKeys(queueBase, name)) do forget(key) end
  -- No job waits: the look that drops such an entry has not come.
  for _, key in ipairs(redis.call('ZRANGE', openingKey(queueBase), 0, -1)) do
    if keyedQuotaOf(key) == name then forget(key) end
  end
  redis.call('UNLINK', recentKey(queueBase, name))
  return 1
end
redis.call('HSET', rateLimitsKey, stored, rate)
if stored == keyed then return 2 end
-- All starts so far have left the new window by then.
local _, duration = rateOf(queueBase, name)
redis.call('PEXPIRE', startsKey(queueBase, name), duration + 1)
wakeQueued(queueBase, name)
if jobsWait(queueBase, name) then noteOpening(queueBase, name) end
return 1
