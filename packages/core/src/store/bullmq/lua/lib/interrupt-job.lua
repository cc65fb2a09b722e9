-- Counts an interrupt on a job and puts its handleInterrupt job at the tail of the system lane (I1,
-- I4).
--- @include "system-job"

-- Returns the id of the handleInterrupt job, which is also the token under which the job is now
-- held.
local function interruptJob(jobKey, jobId, reference, systemPrefix, task, options, timestamp)
  local number = redis.call('HINCRBY', jobKey, 'interruptions', 1)
  local id = jobId .. '.interrupt.' .. number
  -- A job that has its result is not decided about: its callbacks go on.
  if redis.call('HEXISTS', jobKey, 'result') == 1 then task = 'drover.resumeCallbacks' end
  addSystemJob(systemPrefix, id, jobKey, task, '[' .. reference .. ',' .. number .. ']', options, timestamp)
  return id
end
