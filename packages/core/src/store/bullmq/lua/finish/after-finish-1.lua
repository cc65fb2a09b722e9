--[[
  Does what BullMQ's finish of a job leaves undone. Releases the dependents of the job (J5), and
  those of jobs that it was to store and has not stored (J12). Takes the job out of its owner's set,
  in the same step: a process that died between two steps would leave it there (I2). Runs in a MULTI
  after the finish. It changes nothing where the job has not finished, and can be repeated.

  KEYS: job
  ARGV: timestamp
  Reply: the number of dependents
  Events: 'waiting' for each job that has no dependencies left
]]
--- @include "dependents"
--- @include "owner"
--- @include "remove-job"
local jobKey, timestamp = KEYS[1], ARGV[1]
local finishedOn, dependents, value, reason, failure =
  fieldsOf(jobKey, 'finishedOn', 'dependents', 'returnvalue', 'failedReason', 'failure')
if not finishedOn then return 0 end
disown(splitJobKey(jobKey))
settleExpected(jobKey, timestamp)
redis.call('HDEL', jobKey, 'expected')
if not dependents then return 0 end

local keys = keysIn(dependents)
local ending = reason and 'failed' or 'processed'
for _, dependentKey in ipairs(keys) do
  if failure then stopAbove(dependentKey, failure) end
  settleAbove(dependentKey, jobKey, ending, reason or value or 'null', timestamp)
end
redis.call('HDEL', jobKey, 'dependents')
-- The dependents read its result when they run.
addNeeded(jobKey, keys)
return #keys
