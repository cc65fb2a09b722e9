-- Settles the join of a job that waits for others without BullMQ's finish doing so: for one that was removed, and nothing hangs (C2);
-- and for one that waits for a job which stands below another one (J5).
--- @include "queue-lists"
--- @include "job-key"

-- ending: the list of the waiting job in which the one that it waited for is kept, 'processed' or 'failed'; value: what of it.
local function settleAbove(parentKey, jobKey, ending, value, now)
  if redis.call('SREM', parentKey .. ':dependencies', jobKey) == 0 then return end
  redis.call('HSET', parentKey .. ':' .. ending, jobKey, value)
  if redis.call('SCARD', parentKey .. ':dependencies') > 0 then return end
  -- While it is about to wait it sees for itself that nothing is left below it.
  local prefix, id = splitJobKey(parentKey)
  if redis.call('ZREM', prefix .. 'waiting-children', id) == 0 then return end
  redis.call('HSET', parentKey, 'turnAt', now)
  pushToWait(prefix, id, 'RPUSH', 'waiting-children')
end

-- All that wait for a removed job.
local function settleRemoved(parentKey, waiters, jobKey, now)
  if parentKey then settleAbove(parentKey, jobKey, 'failed', 'removed', now) end
  for _, waiterKey in ipairs(cjson.decode(waiters or '[]')) do
    settleAbove(waiterKey, jobKey, 'failed', 'removed', now)
  end
end
