--[[
  Stops the composite of a failing part (fail-fast, C2): wakes it, and it ends with this failure.
  The end of the part then releases nothing. Runs in a MULTI before the finish that stores the
  failure.

  KEYS: job (the failing part), lock, active
  ARGV: token, failure (JSON)
  Reply: 1 the composite is stopped; 0 no composite waits for the part any more, or the finish will
         be refused
  Events: 'waiting' of the composite
]]
--- @include "settle"
local jobKey, lockKey, activeKey = KEYS[1], KEYS[2], KEYS[3]
local token, failure = ARGV[1], ARGV[2]

-- The finish checks the same. Where callbacks have begun, they have taken the lock away.
if redis.call('GET', lockKey) ~= token then return 0 end
local _, jobId = splitJobKey(jobKey)
if not redis.call('LPOS', activeKey, jobId, 'RANK', -1) then return 0 end
local joiningKey, outerKey, parentKey = joiningJob(jobKey)
if not joiningKey then return 0 end

redis.call('SREM', parentKey .. ':dependencies', jobKey)
redis.call('HDEL', jobKey, 'parentKey', 'parent')
if redis.call('HDEL', jobKey, 'linked') == 0 then keepWith(joiningKey, jobKey) end
return stopJoining(joiningKey, outerKey, failure) and 1 or 0
