--[[
  Reads a job with the state in which BullMQ has it.

  KEYS: job, lock, delayed, waitingChildren
  ARGV: jobId
  Reply: { fields, state }, or nil where there is no such job
]]
local jobKey, lockKey, delayedKey, waitingChildrenKey = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local jobId = ARGV[1]

-- BullMQ keeps other things beside the jobs, under names that are no ids.
if redis.call('TYPE', jobKey).ok ~= 'hash' or redis.call('HEXISTS', jobKey, 'name') == 0 then return nil end
local fields = redis.call('HGETALL', jobKey)
local state = redis.call('HEXISTS', jobKey, 'held') == 1 and 'held' or 'waiting'
if redis.call('HEXISTS', jobKey, 'finishedOn') == 1 then state = 'finished'
elseif redis.call('EXISTS', lockKey) == 1 then state = 'active'
elseif redis.call('ZSCORE', delayedKey, jobId) then state = 'delayed'
elseif redis.call('ZSCORE', waitingChildrenKey, jobId) then state = 'waiting-children' end
return { fields, state }
