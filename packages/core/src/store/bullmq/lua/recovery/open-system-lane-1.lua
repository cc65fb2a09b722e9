--[[
  Removes a pause, a concurrency limit or a rate limit that another program has set on the system
  lane: recovery must not wait (O6).

  KEYS: meta (of the system lane)
  ARGV: systemBase
  Reply: 1 it had one; 0 it had none
]]
--- @include "paused-list"
local metaKey, systemBase = KEYS[1], ARGV[1]

local limits = { 'paused', 'concurrency', 'max', 'duration' }
local changed = redis.call('HDEL', metaKey, unpack(limits))
  + redis.call('DEL', systemBase .. 'limiter')
changed = changed + takePausedList(systemBase)
if changed == 0 then return 0 end
redis.call('ZADD', systemBase .. 'marker', 0, '0')
return 1
