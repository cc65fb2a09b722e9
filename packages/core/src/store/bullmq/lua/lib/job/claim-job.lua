-- Claims one certain job, which is in no list any more, as BullMQ's claim does. `prefix` is that of
-- its lane.
--- @include "queue-lists"

-- Returns the fields of the job.
local function claimJob(prefix, jobId, token, owner, lockDuration, now)
  local jobKey = prefix .. jobId
  redis.call('LPUSH', prefix .. 'active', jobId)
  redis.call('SET', jobKey .. ':lock', token, 'PX', lockDuration)
  tell(prefix, 'active', jobId, 'prev', 'waiting')
  -- As BullMQ does with a job that is due: it would count the delay once more when the job has
  -- waited for others.
  redis.call('HSET', jobKey, 'processedOn', now, 'pb', owner, 'delay', 0)
  redis.call('HINCRBY', jobKey, 'ats', 1)
  return redis.call('HGETALL', jobKey)
end
