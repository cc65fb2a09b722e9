--[[
  Stops the job that waits for a failing one: it is woken, and ends with that failure (C2). Nothing
  is released by the end of the failing job any more. Stands in a MULTI before the finish that
  stores the failure.

  KEYS: job (that fails), lock, active
  ARGV: token, failure (JSON)
  Reply: 1; 0 where nobody waits for it any more, or the finish is going to be refused
]]
--- @include "joining-job"
--- @include "keep-with"
--- @include "stop-joining"
local jobKey, lockKey, activeKey = KEYS[1], KEYS[2], KEYS[3]
local token, failure = ARGV[1], ARGV[2]

-- As the finish will check; also where callbacks are to run first, which have taken the lock away.
if redis.call('GET', lockKey) ~= token then return 0 end
local _, jobId = splitJobKey(jobKey)
if not redis.call('LPOS', activeKey, jobId, 'RANK', -1) then return 0 end
local joiningKey, outerKey, parentKey = joiningJob(jobKey)
if not joiningKey then return 0 end

redis.call('SREM', parentKey .. ':dependencies', jobKey)
redis.call('HDEL', jobKey, 'parentKey', 'parent')
if redis.call('HDEL', jobKey, 'linked') == 0 then keepWith(joiningKey, jobKey) end
return stopJoining(joiningKey, outerKey, failure) and 1 or 0
