-- Ends a claim without an end of the job.
--- @include "bullmq-lists"
--- @include "quotas"

-- Why a job is not claimed under `token` (I5), as BullMQ's scripts say it: -1 there is no such job,
-- -2 it has no holder, -6 another one; nil where it is claimed under it.
local function refusalOfToken(jobKey, token)
  local holder = redis.call('GET', jobKey .. ':lock')
  if holder == token then return nil end
  return redis.call('EXISTS', jobKey) == 0 and -1 or holder and -6 or -2
end

-- Why the holder of `token` may not end the claim of a job: also -3, the job is not active; nil
-- where it may. Then it returns the priority of the job too.
local function refusalOf(base, jobId, token)
  local jobKey = base .. jobId
  local priority = redis.pcall('HGET', jobKey, 'priority')
  if not priority and redis.call('EXISTS', jobKey) == 0 then return -1 end
  local refusal = refusalOfToken(jobKey, token)
  if refusal then return refusal end
  if not redis.call('LPOS', base .. 'active', jobId, 'RANK', -1) then return -3 end
  return nil, toPriority(priority)
end

-- Takes a job from its holder. The job is in no list then.
local function endClaim(base, jobId)
  redis.call('DEL', base .. jobId .. ':lock')
  redis.call('SREM', base .. 'stalled', jobId)
  redis.call('LREM', base .. 'active', -1, jobId)
end

-- Notes of a job that waits from now on when its run has begun, and when its turn came before that:
-- its later claims and turns overwrite both. A join that waits once more keeps its first start.
local function noteStart(jobKey)
  local startedAt, turnAt = fieldsOf(jobKey, 'processedOn', 'turnAt')
  if not startedAt then return end
  redis.call('HSETNX', jobKey, 'startedAt', startedAt .. (turnAt and '/' .. turnAt or ''))
end

-- Lets a job whose claim has ended run again: before all others of its priority, or `delay` ms
-- after `now`.
local function putBack(base, jobId, priority, delay, now)
  if delay == 0 then return pushToHead(base, jobId, 'active', priority) end
  redis.call('HSET', base .. jobId, 'delay', string.format('%.0f', delay))
  pushToDelayed(base, jobId, now + delay)
end
