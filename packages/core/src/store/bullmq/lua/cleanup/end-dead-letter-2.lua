--[[
  Retries a dead letter, at the head of its lane, or drops it: all its keys are removed, and the
  jobs that wait for it go on without it.

  KEYS: dead-letters (of the lane), job
  ARGV: jobId, base (of its lane), how ('retry' or 'drop')
  Reply: 1 done; 0 it is no dead letter
  Events: 'waiting' of the job, or 'removed'; 'waiting' for each job that has no dependencies left
]]
--- @include "remove-job"
local deadLettersKey, jobKey = KEYS[1], KEYS[2]
local jobId, base, how = unpack(ARGV)

-- A finish that failed half-way on a damaged record may have taken the job out of the dependencies
-- of its parent, which waits for it all the same (B1).
local function restoreDependency()
  local parentKey = redis.call('HGET', jobKey, 'parentKey')
  if not isUnfinished(parentKey) then return end
  for _, ending in ipairs({ ':processed', ':failed' }) do
    if redis.pcall('HEXISTS', parentKey .. ending, jobKey) == 1 then return end
  end
  redis.call('SADD', parentKey .. ':dependencies', jobKey)
end

-- Removes the entries of a recovery job whose decision is not stored; other lanes have none.
local function forgetUndecided()
  for _, entry in ipairs(redis.call('ZRANGE', base .. 'undecided', 0, -1)) do
    if string.find(entry, '["' .. jobId .. '",', 1, true) == 1 then
      redis.call('ZREM', base .. 'undecided', entry)
    end
  end
end

if redis.call('HEXISTS', deadLettersKey, jobId) == 0 then return 0 end
pcall(restoreDependency)
if how == 'retry' then
  pushToHead(base, jobId)
  redis.call('HDEL', deadLettersKey, jobId)
  countPack(base, jobId)
  return 1
end

local now = redisTime()
local parentKey, parent, dependents
if redis.call('TYPE', jobKey).ok == 'hash' then
  parentKey, parent, dependents = fieldsOf(jobKey, 'parentKey', 'parent', 'dependents')
  -- A damaged list fails here: its jobs stay behind.
  pcall(settleExpected, jobKey, now)
  pcall(removeCallbacks, jobKey, now)
end
deleteJobKeys(jobKey)
emit(base, 'removed', jobId)
if parentKey then pcall(settleRemoved, parentKey, outerAbove(parentKey, parent), jobKey, now) end
pcall(settleDependents, dependents, jobKey, now)
redis.call('HDEL', deadLettersKey, jobId)
-- The operator has dropped it: a reconcile pass must not put it back.
forgetUndecided()
return 1
