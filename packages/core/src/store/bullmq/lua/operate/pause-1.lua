--[[
  Pauses all lanes of a queue but the system lane, as BullMQ pauses one (O2). A lane that the queue
  gets later is paused by the script that notes it. It can be repeated.

  KEYS: paused-at
  ARGV: queueBase
  Reply: 1
  Events: 'paused' in each lane that was not paused
]]
--- @include "quotas"
--- @include "redis-time"
redis.call('SET', KEYS[1], redisTime(), 'NX')
for _, base in ipairs(laneBases(ARGV[1])) do
  -- A lane whose settings are a key of another type has nothing to pause (B1).
  if redis.pcall('HSET', base .. 'meta', 'paused', 1) == 1 then
    redis.call('DEL', base .. 'marker')
    redis.call('XADD', base .. 'events', '*', 'event', 'paused')
  end
end
return 1
