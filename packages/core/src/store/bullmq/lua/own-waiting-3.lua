--[[
  Writes down who owns a job that waits for other jobs, so that its dispatcher's death interrupts it (I2).

  KEYS: job, lock, owned
  ARGV: expectedToken (of the lock; '' when the job waits already), expectedOwner (else), owner, member (of owned),
        timestamp, policyData ('' to leave it)
  Reply: 1, or -6 where somebody else holds the job
]]
local jobKey, lockKey, ownedKey = KEYS[1], KEYS[2], KEYS[3]
local expectedToken, expectedOwner, owner, member, timestamp, policyData = unpack(ARGV)

if expectedToken ~= '' then
  if redis.call('GET', lockKey) ~= expectedToken then return -6 end
elseif redis.call('HGET', jobKey, 'waitingOwner') ~= expectedOwner then
  return -6
end
redis.call('HSET', jobKey, 'waitingOwner', owner)
if policyData ~= '' then redis.call('HSET', jobKey, 'policyData', policyData) end
-- Ordered by time, so that outer jobs are interrupted before the inner ones that they wait for.
redis.call('ZADD', ownedKey, 'NX', timestamp, member)
return 1
