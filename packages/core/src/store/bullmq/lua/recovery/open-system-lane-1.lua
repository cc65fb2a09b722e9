--[[
  Removes a pause, a concurrency limit or a rate limit that another program has set on the system
  lane: recovery must not wait (O6).

  KEYS: meta (of the system lane)
  ARGV: systemBase
  Reply: 1 it had one; 0 it had none
]]
local metaKey, systemBase = KEYS[1], ARGV[1]
local MAX_MOVED = 1000

local limits = { 'paused', 'concurrency', 'max', 'duration' }
local changed = redis.call('HDEL', metaKey, unpack(limits))
  + redis.call('DEL', systemBase .. 'limiter')
-- Earlier versions of BullMQ keep the jobs of a paused queue in a list of their own, the next one
-- last.
local paused = redis.call('LRANGE', systemBase .. 'paused', -MAX_MOVED, -1)
for i = #paused, 1, -1 do
  redis.call('LREM', systemBase .. 'paused', -1, paused[i])
  redis.call('LPUSH', systemBase .. 'wait', paused[i])
  changed = changed + 1
end
if changed == 0 then return 0 end
redis.call('ZADD', systemBase .. 'marker', 0, '0')
return 1
