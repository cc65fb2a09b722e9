--[[
  Sets a claimed job aside that cannot be run, since what is stored of it is damaged or not
  Drover's: it is in no list any more, and stays as it is until somebody looks at it (B1). Fenced by
  the holder of the job.

  KEYS: job, lock
  ARGV: token ('' for a job that nobody holds), jobId, prefix (of its lane), reason, timestamp
  Reply: 1, or -6 where somebody else holds the job
  Events: 'dead-letters'; 'waiting' for each job that waited for a quota of this one and is woken
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
-- A finish of BullMQ's that fails half-way, on a damaged record, has taken the lock away, and may
-- have taken it from the active list.
local isActive = type(redis.pcall('LPOS', prefix .. 'active', jobId)) == 'number'
if not isActive and not holder and not isNowhere(prefix, jobId) then return -6 end
-- First of all: what fails after it loses no job.
redis.call('HSET', prefix .. 'dead-letters', name, cjson.encode({ reason = reason, at = tonumber(timestamp) }))
if isActive then redis.call('LREM', prefix .. 'active', -1, jobId) end
redis.call('DEL', lockKey)
redis.call('SREM', prefix .. 'stalled', jobId)
-- What is no record of a job cannot hold a quota.
if redis.call('TYPE', jobKey).ok == 'hash' then pcall(freeQuotas, prefix, jobId) end
tell(prefix, 'dead-letters', name)
return 1
