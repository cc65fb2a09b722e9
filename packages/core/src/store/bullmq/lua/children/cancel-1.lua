--[[
  Cancels a job, whatever its status (O1): takes it from its list or its holder, and puts the
  `drover.cancel` job that ends it. No interrupt is counted. A job whose turn has not come is only
  marked, and ends when its turn comes.

  KEYS: job
  ARGV: jobId, base (of its lane), systemBase, task, args (JSON, of the drover.cancel job), failure
        (JSON), lockDuration
  Reply: the id of the drover.cancel job, which holds the job now; 2 it is marked; 1 it is cancelled
         already; 0 it has its result, or is in no list; -1 there is no such job
  Events: 'waiting' in the system lane, and for each job that gets a slot of a quota of this one
]]
--- @include "job-state"
--- @include "open-pack"
--- @include "system-job"
--- @include "take-job"
local jobKey = KEYS[1]
local jobId, base, systemBase, task, args, failure, lockDuration = unpack(ARGV)

openFor(jobKey)
local name, finishedOn, result, deferred, claims, before, cancellations = fieldsOf(jobKey, 'name',
  'finishedOn', 'result', 'deferred', 'ats', 'claimsBefore', 'cancellations')
if not name then return -1 end
if isCancelled(jobKey) then return 1 end
if finishedOn or result then return 0 end
local waits = redis.call('ZSCORE', base .. 'waiting-children', jobId)
if deferred or waits and claimsOf(claims, before) == 0 then
  giveVerdict(jobKey, 'cancelled', failure)
  return 2
end

local cancelId = jobId .. '.cancel.' .. tonumber(cancellations or 0) + 1
if not takeCancelled(base, jobId, cancelId, failure, lockDuration) then return 0 end
addSystemJob(systemBase, cancelId, jobKey, task, args, '{}', redisTime())
return cancelId
