--[[
  Makes, changes or removes a quota (Q5); jobs that may start now are woken.

  KEYS: quotas (name to size)
  ARGV: queueBase (of the queue's keys, without the last colon), name, step ('create', 'resize' or
        'remove'), size (to 'remove': how many pending jobs name it, and are in none of its lists)
  Reply: 1; 0 to 'create' where it is there with another size, else where it is not there; to
         'remove' while jobs use it { how many hold it, how many pending jobs name it }
  Events: 'waiting' for each job that is woken
]]
--- @include "quotas"
local quotasKey = KEYS[1]
local queueBase, name, step, size = unpack(ARGV)

local before = redis.call('HGET', quotasKey, name)
if step == 'create' then
  if before and before ~= size then return 0 end
elseif not before then
  return 0
end
if step == 'remove' then
  local holders = redis.call('HLEN', holdersKey(queueBase, name))
  local pending = countQueued(queueBase, name) + countComing(queueBase, name) + tonumber(size)
  if holders + pending > 0 then return { holders, pending } end
  redis.call('HDEL', quotasKey, name)
else
  redis.call('HSET', quotasKey, name, size)
  wakeQueued(queueBase, name)
end
return 1
