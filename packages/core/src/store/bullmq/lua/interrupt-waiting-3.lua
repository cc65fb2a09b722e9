--[[
  Interrupts a job that waits for other jobs: it has no lock, its owner stands in its hash (I2).

  KEYS: job, waitingChildren, owned
  ARGV: member (of owned), expectedOwner, jobId, reference, systemPrefix, task, options, timestamp
  Reply: the id of the handleInterrupt job, which is its owner now; nil where it no longer waits, or not for that owner
  Events: 'waiting' in the system lane
]]
--- @include "interrupt-job"
local jobKey, waitingChildrenKey, ownedKey = KEYS[1], KEYS[2], KEYS[3]
local member, expectedOwner, jobId, reference, systemPrefix, task, options, timestamp = unpack(ARGV)

if redis.call('HGET', jobKey, 'waitingOwner') ~= expectedOwner then
  redis.call('ZREM', ownedKey, member)
  return nil
end
if not redis.call('ZSCORE', waitingChildrenKey, jobId) then
  -- While it is claimed it may be about to wait: it stays in the set until that is clear.
  if redis.call('EXISTS', jobKey .. ':lock') == 0 then redis.call('ZREM', ownedKey, member) end
  return nil
end
redis.call('ZREM', ownedKey, member)
local id = interruptJob(jobKey, jobId, reference, systemPrefix, task, options, timestamp)
redis.call('HSET', jobKey, 'waitingOwner', id)
return id
