--[[
  Takes a started job away from a dispatcher that stopped or died, and puts its handleInterrupt job
  into the queue (I1).

  KEYS: job, lock
  ARGV: expectedToken, jobId, reference (JSON of the job's reference), systemPrefix, task, options,
    timestamp
  Reply: the id of the handleInterrupt job, which is the lock's new token; nil where the lock is no
    longer expectedToken
  Events: 'waiting' in the system lane, and for each job that waited for a quota of this one and is
    woken
]]
--- @include "disown"
--- @include "interrupt-job"
--- @include "quotas"
local jobKey, lockKey = KEYS[1], KEYS[2]
local expectedToken, jobId, reference, systemPrefix, task, options, timestamp = unpack(ARGV)

if redis.call('GET', lockKey) ~= expectedToken then return nil end
if redis.call('EXISTS', jobKey) == 0 then return nil end
local id = interruptJob(jobKey, jobId, reference, systemPrefix, task, options, timestamp)
redis.call('SET', lockKey, id, 'KEEPTTL')
local base = string.sub(jobKey, 1, -#jobId - 1)
-- It keeps its place until its interrupt is decided. One that has its result needs no slot any
-- more.
freeQuotas(base, jobId, nil, redis.call('HEXISTS', jobKey, 'result') == 0 and 'keep' or nil)
disown(base, jobId)
return id
