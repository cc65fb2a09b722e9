-- The tries of a job (J11). BullMQ's `atm` counts those that have ended: BullMQ's finish adds one,
-- and so does each write that lets a job run again.
--- @include "begin-deadline"
--- @include "long-fields"

-- Whether the task of the job has returned, and is not called again: the job waits for its children
-- or its callbacks, or has waited.
local function hasReturned(key)
  local result, chunks = fieldsOf(key, 'result', 'scheduledChunks')
  return result or hasScheduled(manifestOf(key), chunks)
end

-- The job is going to end without another run, for which its finish would count one.
local function endsWithoutRun(key)
  if not hasReturned(key) then redis.call('HINCRBY', key, 'atm', -1) end
end
