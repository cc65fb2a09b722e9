--[[
  Sets a claimed job aside that cannot be run, since what is stored of it is damaged or not Drover's: it is in no list any more, and
  stays as it is until somebody looks at it (B1). Fenced by the holder of the job.

  KEYS: job, lock
  ARGV: token ('' for a job that nobody holds), jobId, prefix (of its lane), reason, timestamp
  Reply: 1, or -6 where somebody else holds the job
  Events: 'set-aside'; 'waiting' for each job that waited for a quota of this one and is woken
]]
--- @include "lock-holder"
--- @include "nowhere"
--- @include "quotas"
--- @include "raw-id"
local token, name, prefix, reason, timestamp = unpack(ARGV)
local jobId = rawId(prefix, name, token)
local jobKey = prefix .. jobId
local lockKey = jobKey .. ':lock'

local holder = holderOf(lockKey)
if holder and holder ~= token then return -6 end
-- A finish of BullMQ's that fails half-way, on a damaged record, has taken the lock away, and may have taken it from the active list.
if redis.call('LREM', prefix .. 'active', -1, jobId) == 0 and not holder and not isNowhere(prefix, jobId) then return -6 end
redis.call('SREM', prefix .. 'stalled', jobId)
redis.call('DEL', lockKey)
-- What is no record of a job cannot hold a quota.
if redis.call('TYPE', jobKey).ok == 'hash' then freeQuotas(prefix, jobId) end
redis.call('HSET', prefix .. 'set-aside', name, cjson.encode({ reason = reason, at = tonumber(timestamp) }))
tell(prefix, 'set-aside', name)
return 1
