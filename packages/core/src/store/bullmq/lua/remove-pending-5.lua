--[[
  Takes a pending job out of its queue, with all that is stored of it (Q3).

  KEYS: job, wait, delayed, events, lock
  ARGV: jobId
  Reply: 1 removed; 0 it is not pending; -1 there is no such job
  Events: 'removed'
]]
--- @include "remove-callbacks"
local jobKey, waitKey, delayedKey, eventsKey, lockKey = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local jobId = ARGV[1]

if redis.call('EXISTS', jobKey) == 0 then return -1 end
if redis.call('EXISTS', lockKey) == 1 or redis.call('HEXISTS', jobKey, 'manifest') == 1
  or redis.call('HEXISTS', jobKey, 'result') == 1 then return 0 end
-- A part's end is what its composite waits for: it goes with the composite.
local parentKey = redis.call('HGET', jobKey, 'parentKey')
if parentKey and redis.call('EXISTS', parentKey) == 1 then return 0 end
if redis.call('ZREM', delayedKey, jobId) == 0 and redis.call('LREM', waitKey, 1, jobId) == 0 then return 0 end
removeCallbacks(jobKey)
redis.call('DEL', jobKey, jobKey .. ':logs', jobKey .. ':dependencies', jobKey .. ':processed', jobKey .. ':failed',
  jobKey .. ':unsuccessful')
redis.call('XADD', eventsKey, '*', 'event', 'removed', 'jobId', jobId, 'prev', 'waiting')
return 1
