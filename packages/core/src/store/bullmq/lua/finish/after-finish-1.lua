--[[
  Does what BullMQ's finish of a job leaves undone. It lets the jobs go on that wait for a job which
  stands below another one (J5), or for one that this job was to store and has not (J12). A job that
  has waited goes out of its owner's set: a process that died between the two would leave it there
  (I2). Stands in a MULTI after the finish: where the job has not finished, nothing is changed. It
  can be repeated.

  KEYS: job
  ARGV: timestamp
  Reply: how many waited
  Events: 'waiting', for each job that has nothing left to wait for
]]
--- @include "disown"
--- @include "job-key"
--- @include "keys-in"
--- @include "remove-callbacks"
--- @include "settle-parent"
--- @include "stop-joining"
--- @include "dependents"
local jobKey = KEYS[1]
local finishedOn, dependents, value, reason, failure =
  unpack(redis.call('HMGET', jobKey, 'finishedOn', 'dependents', 'returnvalue', 'failedReason', 'failure'))
if not finishedOn then return 0 end
disown(splitJobKey(jobKey))
settleExpected(jobKey, ARGV[1])
redis.call('HDEL', jobKey, 'expected')
if not dependents then return 0 end

local keys = keysIn(dependents)
for _, dependentKey in ipairs(keys) do
  if failure then stopAbove(dependentKey, failure) end
  settleAbove(dependentKey, jobKey, reason and 'failed' or 'processed', reason or value or 'null', ARGV[1])
end
redis.call('HDEL', jobKey, 'dependents')
-- They read its result when their turn comes.
addNeeded(jobKey, keys)
return #keys
