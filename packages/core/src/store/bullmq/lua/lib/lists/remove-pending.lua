-- Removes pending jobs (Q3, Q11).
--- @include "remove-job"
--- @include "take-job"

-- Whether a job is in a list, and is not pending: a dispatcher or a recovery job holds it, it has
-- scheduled jobs, or has its result.
local function hasStarted(jobKey)
  return isHeld(jobKey) or hasField(jobKey, 'manifest') or hasField(jobKey, 'result')
end

-- Removes a job with all its keys. The jobs that wait for it go on without it. Returns false where
-- it is not pending: nothing is changed then.
local function removePending(base, jobId)
  local jobKey = base .. jobId
  if hasStarted(jobKey) or not takePending(base, jobId) then return false end
  removeFromFlow(jobKey, 'prev', 'waiting')
  return true
end

-- The same for a call on many jobs, which goes on where the record of one is damaged: that one
-- becomes a dead letter (B1). The removal may have failed half-way, and the job be in no list.
local function removeOrSetAside(base, jobId)
  local isDone, isGone = pcall(removePending, base, jobId)
  if isDone then return isGone end
  pcall(takePending, base, jobId)
  setAside(base, jobId, 'its record is damaged: it could not be removed')
  return false
end
