--[[
  Takes a slot of each quota of a claimed job, or parks the job (Q5). It can be repeated after a
  lost reply.

  KEYS: job, lock
  ARGV: token, base (of the lane's keys), jobId
  Reply: 1 it has them; 0 it is parked, and the claim has ended; the name of a quota that is not
         there; -6 where somebody else holds the job
  Events: 'waiting' where it is parked
]]
--- @include "quotas"
local jobKey, lockKey = KEYS[1], KEYS[2]
local token, base, jobId = unpack(ARGV)
-- Looking after those who hold a full quota wrongly costs as much as it has slots: not more often
-- than this.
local CHECK_EVERY = 1000

if redis.call('GET', lockKey) ~= token then return -6 end
local names = quotasOf(jobKey)
local root, queueBase = splitBase(base)
local member = string.sub(base, #root + 1) .. jobId

local function take()
  for _, name in ipairs(names) do
    redis.call('HSET', holdersKey(queueBase, name), member, token)
    dropFromOrder(base, name, jobId)
  end
  return 1
end

-- A job that waited for others has held its slots all the time.
local holdsAll = true
for _, name in ipairs(names) do
  if redis.call('HEXISTS', holdersKey(queueBase, name), member) == 0 then holdsAll = false end
end
if holdsAll then return take() end
-- All or none: what is left to it of them, since it was found to wait for its time, is as free as
-- any other, for it too.
for _, name in ipairs(names) do redis.call('HDEL', holdersKey(queueBase, name), member) end

for _, name in ipairs(names) do
  if redis.call('HEXISTS', queueBase .. ':quotas', name) == 0 then return name end
end
-- One that came to the head of its lane, when its turn came, gets its place with its first attempt.
local arrival = redis.call('HGET', jobKey, 'quotaArrival')
if not arrival then
  arrival = redis.call('INCR', queueBase .. ':quotas:arrivals')
  redis.call('HSET', jobKey, 'quotaArrival', arrival)
end
local function hasDropped(name)
  local isFreed = dropDeadHolders(root, queueBase, name)
  return dropDeadFirst(base, name) or isFreed
end

local full = firstFull(base, names, arrival)
while full and redis.call('SET', queueBase .. ':quota:' .. full .. ':checked', 1, 'NX', 'PX', CHECK_EVERY)
  and hasDropped(full) do
  full = firstFull(base, names, arrival)
end
if not full then return take() end

for _, name in ipairs(names) do dropFromOrder(base, name, jobId) end
park(base, full, jobId, arrival)
redis.call('DEL', lockKey)
redis.call('LREM', base .. 'active', -1, jobId)
tell(base, 'waiting', jobId, 'prev', 'active')
-- It may have stood before others in the other quotas.
for _, name in ipairs(names) do wakeQueued(queueBase, name) end
return 0
