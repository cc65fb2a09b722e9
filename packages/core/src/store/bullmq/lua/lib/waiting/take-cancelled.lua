-- Takes a job that is cancelled from wherever it stands, and from whoever holds it (O1, I5): from
-- then on the id of the cancel is its token.
--- @include "disown"
--- @include "quotas"
--- @include "take-pending"

-- Whether the cancel holds the job now; it stands in the active list then, as what a dispatcher has
-- claimed. False: it stands nowhere.
local function takeCancelled(base, id, cancelId, failure, lockDuration)
  local key = base .. id
  local lockKey = key .. ':lock'
  local root = splitBase(base)
  local holder = redis.call('GET', lockKey)
  if holder == cancelId then return true end
  if holder then
    redis.call('SET', lockKey, cancelId, 'KEEPTTL')
    local uuid = string.match(holder, '^([^:]+):%d+:%d+$')
    -- Told at once; where the message is lost, the owner's audit finds it, or its commit is
    -- refused.
    if uuid then
      redis.call('PUBLISH', root .. 'dispatcher:' .. uuid .. ':cancelled',
        cjson.encode({ jobId = id, token = holder, failure = failure }))
    end
  else
    if redis.call('ZREM', base .. 'waiting-children', id) == 0 and not takePending(base, id) then return false end
    redis.call('LPUSH', base .. 'active', id)
    redis.call('SET', lockKey, cancelId, 'PX', lockDuration)
  end
  redis.call('HSETNX', key, 'cancelled', failure)
  redis.call('HINCRBY', key, 'cancellations', 1)
  freeQuotas(base, id)
  disown(base, id)
  redis.call('HDEL', key, 'waitingOwner')
  return true
end
