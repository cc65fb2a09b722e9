--[[
  Writes down who owns a job that waits for other jobs, so that its dispatcher's death interrupts it
  (I2).

  KEYS: job, lock, owned, waitingChildren
  ARGV: expectedToken (of the lock; '' when the job waits already), expectedOwner (else), owner,
        member (of owned), timestamp, policyData ('' to leave it), jobId, resumeAfter (a time before
        which it does not go on; '' to leave it)
  Reply: 1, or -6 where somebody else holds the job, or its interrupt has begun to abort it
]]
--- @include "waiting-owner"
local jobKey, lockKey, ownedKey, waitingChildrenKey = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local expectedToken, expectedOwner, owner, member, timestamp, policyData, jobId, resumeAfter = unpack(ARGV)

if expectedToken ~= '' then
  if redis.call('GET', lockKey) ~= expectedToken then return -6 end
  -- Callbacks that were added during this claim are seen with the next one: they do not keep the
  -- job from being suspended.
  redis.call('DEL', jobKey .. ':unsuccessful')
elseif redis.call('HGET', jobKey, 'waitingOwner') ~= expectedOwner
  or redis.call('HEXISTS', jobKey, 'aborted') == 1 and redis.call('HEXISTS', jobKey, 'result') == 0 then
  -- One that has its result waits for its callbacks, aborted or not. Of two runs of its interrupt
  -- one has decided to abort it: what it waits for is being taken back.
  return -6
end
own(jobKey, ownedKey, member, owner)
if policyData ~= '' then redis.call('HSET', jobKey, 'policyData', policyData) end
if resumeAfter ~= '' then redis.call('HSET', jobKey, 'resumeAfter', resumeAfter) end
-- A job that was woken or has finished meanwhile needs no owner any more.
if expectedToken ~= '' or redis.call('ZSCORE', waitingChildrenKey, jobId) then
  addToOwned(jobKey, ownedKey, member, timestamp)
end
return 1
