--[[
  Writes an annotation down on a job, and tells those who wait for it.

  KEYS: job, lock
  ARGV: token ('' for anybody; else that of a run, which must hold the job: I5), jobId, prefix,
    name, value (JSON)
  Reply: 1; -1 where there is no such job; -6 where somebody else holds it
  Events: 'annotated'
]]
--- @include "queue-lists"
local jobKey, lockKey = KEYS[1], KEYS[2]
local token, jobId, prefix, name, value = unpack(ARGV)

if redis.call('EXISTS', jobKey) == 0 then return -1 end
if token ~= '' and redis.call('GET', lockKey) ~= token then return -6 end
redis.call('HSET', jobKey .. ':annotations', name, value)
redis.call('XADD', prefix .. 'events', 'MAXLEN', '~', maxEvents(prefix), '*',
  'event', 'annotated', 'jobId', jobId, 'name', name)
return 1
