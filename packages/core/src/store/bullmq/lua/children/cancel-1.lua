--[[
  Cancels a job, whatever its status (O1): it is taken from wherever it stands and whoever holds it,
  and a `drover.cancel` job ends it. No interrupt is counted. One whose turn has not come is marked,
  and ends when it comes.

  KEYS: job
  ARGV: jobId, base (of the keys of its lane), systemBase, task, args (JSON, of the drover.cancel
    job), failure (JSON), lockDuration
  Reply: the id of the drover.cancel job, under which the job is held now; 2 it is marked; 1 it is
         cancelled already; 0 it has its result, or stands nowhere; -1 there is no such job
  Events: 'waiting' in the system lane, and for each job that waited for a quota of this one and is
    woken
]]
--- @include "claims-of"
--- @include "system-job"
--- @include "take-cancelled"
local jobKey = KEYS[1]
local jobId, base, systemBase, task, args, failure, lockDuration = unpack(ARGV)

local name, finishedOn, result, cancelled, held, claims, before, cancellations = unpack(redis.call('HMGET', jobKey,
  'name', 'finishedOn', 'result', 'cancelled', 'deferred', 'ats', 'claimsBefore', 'cancellations'))
if not name then return -1 end
if cancelled then return 1 end
if finishedOn or result then return 0 end
if held or claimsOf(claims, before) == 0 and redis.call('ZSCORE', base .. 'waiting-children', jobId) then
  redis.call('HSET', jobKey, 'cancelled', failure)
  return 2
end

local cancelId = jobId .. '.cancel.' .. tonumber(cancellations or 0) + 1
if not takeCancelled(base, jobId, cancelId, failure, lockDuration) then return 0 end
addSystemJob(systemBase, cancelId, jobKey, task, args, '{}', redisTime())
return cancelId
