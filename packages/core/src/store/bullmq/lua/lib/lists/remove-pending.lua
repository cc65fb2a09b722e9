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

-- The prices of a removal, and of a look at the limits of the job in one lane: about so many
-- hundredths of a ms. The keys of a limit take their turns besides.
local REMOVAL, LOOK_IN_LANE, TURNS_IN_LANE = 5, 1, 2

-- By the base of a lane: how many lanes its queue has.
local lanesOf = {}

-- The price of the removal of a job, which is still there: the slots that it leaves are given to
-- others in each lane.
local function removalPrice(base, jobId)
  local names, price = quotasOf(base .. jobId), REMOVAL
  if #names == 0 then return price end
  local _, queueBase = splitBase(base)
  lanesOf[base] = lanesOf[base] or redis.call('SCARD', queueBase .. ':lanes') + 1
  for _, name in ipairs(names) do
    price = price + lanesOf[base] * LOOK_IN_LANE
    if keyedQuotaOf(name) then price = price + lanesOf[base] * TURNS_IN_LANE end
  end
  return price
end
