--[[
  Creates, resizes or removes a quota (Q5, Q9), and wakes the jobs that may start now.

  KEYS: quotas (name to size)
  ARGV: queueBase, name, step ('create', 'resize' or 'remove'),
        size (to 'remove': the number of pending jobs that have the quota and are in no list of it),
        isKeyed ('1': to create it with keys; '0')
  Reply: 1 done; 2 done, and the caller wakes the jobs of its keys; 0 'create': it has another size
         already, else: there is no such quota; -1 'create': there is one of that name of the other
         kind; 'remove' of a quota in use: { the number of its holders, the number of pending jobs
         that have it, the number of its keys in use (-1: it has no keys) }
  Events: 'waiting' for each job that is woken
]]
--- @include "coming"
local quotasKey = KEYS[1]
local queueBase, name, step, size, isKeyed = unpack(ARGV)

-- Returns holders, pending jobs and keys, as the reply has them; nil where it is not in use.
local function useOf(stored)
  if stored ~= name then
    local keys = redis.call('HLEN', keysInUse(queueBase, stored))
    return (keys > 0 or size ~= '0') and { 0, tonumber(size), keys } or nil
  end
  local holders = redis.call('HLEN', holdersKey(queueBase, name))
  local pending = countQueued(queueBase, name) + countComing(queueBase, name) + tonumber(size)
  return holders + pending > 0 and { holders, pending, -1 } or nil
end

-- A quota with keys is stored as `name/`.
local keyed = name .. '/'
local hasKeyed = redis.call('HEXISTS', quotasKey, keyed) == 1
local stored = (hasKeyed or step == 'create' and isKeyed == '1') and keyed or name
local before = redis.call('HGET', quotasKey, stored)
if step == 'create' then
  local other = isKeyed == '1' and name or keyed
  if redis.call('HEXISTS', quotasKey, other) == 1 then return -1 end
  if before and before ~= size then return 0 end
elseif not before then
  return 0
end
if step == 'remove' then
  local use = useOf(stored)
  if use then return use end
  redis.call('HDEL', quotasKey, stored)
  return 1
end
redis.call('HSET', quotasKey, stored, size)
if stored == keyed then return 2 end
wakeQueued(queueBase, name)
return 1
