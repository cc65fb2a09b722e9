--[[
  Lets the system lane go on where another program has paused it, or has given it a concurrency or a
  rate limit: recovery must not wait (O6).

  KEYS: meta (of the system lane)
  ARGV: systemPrefix
  Reply: 1 where the lane was closed or limited, else 0
]]
local metaKey = KEYS[1]
local systemPrefix = ARGV[1]
local AT_ONCE = 1000

local limits = { 'paused', 'concurrency', 'max', 'duration' }
local changed = redis.call('HDEL', metaKey, unpack(limits)) + redis.call('DEL', systemPrefix .. 'limiter')
-- Earlier versions of BullMQ keep the jobs of a paused queue in a list of its own; the one to run
-- first is last.
local paused = redis.call('LRANGE', systemPrefix .. 'paused', -AT_ONCE, -1)
for i = #paused, 1, -1 do
  redis.call('LREM', systemPrefix .. 'paused', -1, paused[i])
  redis.call('LPUSH', systemPrefix .. 'wait', paused[i])
  changed = changed + 1
end
if changed == 0 then return 0 end
redis.call('ZADD', systemPrefix .. 'marker', 0, '0')
return 1
