--[[
  Stores the owner of a job that waits for its children, or is about to: the owner's death
  interrupts it (I2).

  KEYS: job, lock, owned (the set of the new owner), waitingChildren
  ARGV: expectedToken (of the lock; '' where the job waits already),
        expectedOwner (where it waits already),
        owner, member (of owned), timestamp, policyData ('' to leave it), jobId,
        resumeAfter (a time before which the job does not go on; '' to leave it)
  Reply: 1 it is stored; -6 another holder has the job, or its interrupt has begun to abort it
]]
--- @include "owner"
local jobKey, lockKey, ownedKey, waitingChildrenKey = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local expectedToken, expectedOwner, owner, member, timestamp, policyData, jobId, resumeAfter =
  unpack(ARGV)

if expectedToken ~= '' then
  if redis.call('GET', lockKey) ~= expectedToken then return -6 end
  -- The next claim sees callbacks that were added during this one: they must not keep the job from
  -- being suspended.
  redis.call('DEL', jobKey .. ':unsuccessful')
else
  if redis.call('HGET', jobKey, 'waitingOwner') ~= expectedOwner then return -6 end
  -- Of two runs of its interrupt one has decided to abort it, and abandons its children. A job with
  -- a result is not aborted any more: it waits for its callbacks.
  local aborted, result = fieldsOf(jobKey, 'aborted', 'result')
  if aborted and not result then return -6 end
end
own(jobKey, ownedKey, member, owner)
if policyData ~= '' then redis.call('HSET', jobKey, 'policyData', policyData) end
if resumeAfter ~= '' then redis.call('HSET', jobKey, 'resumeAfter', resumeAfter) end
-- A job that was woken or has finished meanwhile needs no owner any more.
if expectedToken ~= '' or redis.call('ZSCORE', waitingChildrenKey, jobId) then
  addToOwned(jobKey, ownedKey, member, timestamp)
end
return 1
