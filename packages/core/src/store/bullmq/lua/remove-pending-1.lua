--[[
  Takes a pending job out of its queue, with all that is stored of it (Q3). What waits for it goes on without it.

  KEYS: job
  ARGV: jobId, prefix (of its lane), now, call (who pulls it: the same again when a reply was lost; '' for a mere removal)
  Reply: 1 removed, also where this call did it before; 0 it is not pending; -1 there is no such job
  Events: 'removed'; 'waiting', for the job that waited for it
]]
--- @include "job-keys"
--- @include "remove-callbacks"
--- @include "settle-parent"
--- @include "take-pending"
local jobKey = KEYS[1]
local jobId, prefix, now, call = unpack(ARGV)
-- Longer than a call goes on that waits for Redis. In ms.
local KEPT = 600000
local pulledKey = jobKey .. ':pulled'

if redis.call('EXISTS', jobKey) == 0 then
  if call ~= '' and redis.call('GET', pulledKey) == call then return 1 end
  return -1
end
if redis.call('EXISTS', jobKey .. ':lock') == 1 or redis.call('HEXISTS', jobKey, 'manifest') == 1
  or redis.call('HEXISTS', jobKey, 'result') == 1 then return 0 end
if not takePending(prefix, jobId) then return 0 end
local parentKey, parent, waiters = unpack(redis.call('HMGET', jobKey, 'parentKey', 'parent', 'waiters'))
settleExpected(jobKey, now)
removeCallbacks(jobKey, now)
deleteJobKeys(jobKey)
if call ~= '' then redis.call('SET', pulledKey, call, 'PX', KEPT) end
tell(prefix, 'removed', jobId, 'prev', 'waiting')
settleRemoved(parentKey, parent, waiters, jobKey, now)
return 1
