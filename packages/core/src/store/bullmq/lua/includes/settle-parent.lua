-- Settles the join of the job that waits for a removed one: it counts as failed, and nothing hangs (C2).
--- @include "queue-lists"

-- `parent` is the JSON that BullMQ keeps of the job above.
local function settleParent(jobKey, parent, now)
  local parentData = cjson.decode(parent)
  local parentPrefix = parentData.queueKey .. ':'
  local parentKey = parentPrefix .. parentData.id
  if redis.call('SREM', parentKey .. ':dependencies', jobKey) == 0 then return end
  redis.call('HSET', parentKey .. ':failed', jobKey, 'removed')
  if redis.call('SCARD', parentKey .. ':dependencies') > 0 then return end
  -- While it is about to wait it sees for itself that nothing is left below it.
  if redis.call('ZREM', parentPrefix .. 'waiting-children', parentData.id) == 0 then return end
  redis.call('HSET', parentKey, 'turnAt', now)
  pushToWait(parentPrefix, parentData.id, 'RPUSH', 'waiting-children')
end
