--[[
  Writes an annotation on a job, and emits it to listeners.

  KEYS: job, lock
  ARGV: token (of a run, which must hold the job: I5; '' for any other caller), jobId, base (of its
        lane), name, value (JSON)
  Reply: 1 it is written; -1 there is no such job; -6 another holder has the job
  Events: 'annotated'
]]
--- @include "bullmq-lists"
--- @include "open-pack"
local jobKey, lockKey = KEYS[1], KEYS[2]
local token, jobId, base, name, value = unpack(ARGV)

openFor(jobKey)
if redis.call('EXISTS', jobKey) == 0 then return -1 end
if token ~= '' and redis.call('GET', lockKey) ~= token then return -6 end
redis.call('HSET', jobKey .. ':annotations', name, value)
redis.call('HSET', jobKey, 'annotated', 1)
emit(base, 'annotated', jobId, 'name', name)
return 1
