--[[
  Creates, resizes or removes a quota (Q5), and wakes the jobs that may start now.

  KEYS: quotas (name to size)
  ARGV: queueBase, name, step ('create', 'resize' or 'remove'),
        size (to 'remove': the number of pending jobs that have the quota and are in no list of it)
  Reply: 1 done; 0 'create': it has another size already, else: there is no such quota; 'remove' of
         a quota in use: { the number of its holders, the number of pending jobs that have it }
  Events: 'waiting' for each job that is woken
]]
--- @include "quotas"
local quotasKey = KEYS[1]
local queueBase, name, step, size = unpack(ARGV)

-- The number of jobs, in all lanes, that will try for a slot when they are claimed.
local function countComing()
  local count = 0
  for _, base in ipairs(laneBases(queueBase)) do
    dropDeadFirst(base, name)
    count = count + redis.call('ZCARD', laneKey(base, name, 'coming'))
  end
  return count
end

local before = redis.call('HGET', quotasKey, name)
if step == 'create' then
  if before and before ~= size then return 0 end
elseif not before then
  return 0
end
if step == 'remove' then
  local holders = redis.call('HLEN', holdersKey(queueBase, name))
  local pending = countQueued(queueBase, name) + countComing() + tonumber(size)
  if holders + pending > 0 then return { holders, pending } end
  redis.call('HDEL', quotasKey, name)
else
  redis.call('HSET', quotasKey, name, size)
  wakeQueued(queueBase, name)
end
return 1
