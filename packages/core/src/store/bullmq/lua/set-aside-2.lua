--[[
  Sets a claimed job aside that cannot be run, since what is stored of it is damaged or not Drover's: it is in no list any more, and
  stays as it is until somebody looks at it (B1). Fenced by the holder of the job.

  KEYS: job, lock
  ARGV: token, jobId, prefix (of its lane), reason, timestamp
  Reply: 1, or -6 where somebody else holds the job
  Events: 'set-aside'; 'waiting' for each job that waited for a quota of this one and is woken
]]
--- @include "quotas"
local jobKey, lockKey = KEYS[1], KEYS[2]
local token, jobId, prefix, reason, timestamp = unpack(ARGV)

local holder = redis.call('GET', lockKey)
if holder and holder ~= token then return -6 end
-- A finish of BullMQ's that fails half-way, on a damaged record, has taken the lock away.
if redis.call('LREM', prefix .. 'active', -1, jobId) == 0 and not holder then return -6 end
redis.call('SREM', prefix .. 'stalled', jobId)
redis.call('DEL', lockKey)
-- What is no record of a job cannot hold a quota.
if redis.call('TYPE', jobKey).ok == 'hash' then freeQuotas(prefix, jobId) end
redis.call('HSET', prefix .. 'set-aside', jobId, cjson.encode({ reason = reason, at = tonumber(timestamp) }))
tell(prefix, 'set-aside', jobId)
return 1
