--[[
  Takes a pending job out of its queue, with all that is stored of it (Q3). What waits for it goes on without it.

  KEYS: job
  ARGV: jobId, prefix (of its lane), now
  Reply: 1 removed; 0 it is not pending; -1 there is no such job
  Events: 'removed'; 'waiting', for the job that waited for it
]]
--- @include "job-keys"
--- @include "remove-callbacks"
--- @include "settle-parent"
--- @include "take-pending"
local jobKey = KEYS[1]
local jobId, prefix, now = unpack(ARGV)

if redis.call('EXISTS', jobKey) == 0 then return -1 end
if redis.call('EXISTS', jobKey .. ':lock') == 1 or redis.call('HEXISTS', jobKey, 'manifest') == 1
  or redis.call('HEXISTS', jobKey, 'result') == 1 then return 0 end
if not takePending(prefix, jobId) then return 0 end
local parentKey, waiters = unpack(redis.call('HMGET', jobKey, 'parentKey', 'waiters'))
removeCallbacks(jobKey)
deleteJobKeys(jobKey)
tell(prefix, 'removed', jobId, 'prev', 'waiting')
settleRemoved(parentKey, waiters, jobKey, now)
return 1
