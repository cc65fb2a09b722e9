--[[
  Stops the job that waits for a failing one: it is woken, and ends with that failure (C2). Nothing is released by the end of
  the failing job any more. Stands in a MULTI before the finish that stores the failure.

  KEYS: job (that fails), lock, active
  ARGV: token, failure (JSON)
  Reply: 1; 0 where nobody waits for it any more, or the finish is going to be refused
]]
--- @include "queue-lists"
--- @include "joining-job"
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
-- Not a job: what is called with the results is not released, until it is taken back.
if outerKey ~= joiningKey then redis.call('SADD', outerKey .. ':dependencies', outerKey .. ':stopped') end

local finished, aborted = unpack(redis.call('HMGET', joiningKey, 'finishedOn', 'aborted'))
if finished or aborted or redis.call('HSETNX', joiningKey, 'stopped', failure) == 0 then return 0 end
local prefix, joiningId = splitJobKey(joiningKey)
if redis.call('ZREM', prefix .. 'waiting-children', joiningId) == 1 then
  pushToWait(prefix, joiningId, 'RPUSH', 'waiting-children')
elseif redis.call('EXISTS', joiningKey .. ':lock') == 1 then
  -- Whoever schedules its parts is about to suspend it: with nothing left to wait for, it is offered again at once.
  redis.call('DEL', joiningKey .. ':dependencies')
end
return 1
