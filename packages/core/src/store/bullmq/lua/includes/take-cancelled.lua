-- Takes a job that is cancelled from wherever it stands, and from whoever holds it (O1, I5): from then on the id of the cancel is its token.
--- @include "quotas"
--- @include "take-pending"

-- As `ownedMember` writes it. No name has a slash in it, which is all that the two kinds of JSON differ in.
local function ownedMember(base, id)
  local root, queueBase = splitBase(base)
  local queue = string.sub(queueBase, #root + 1)
  local lane = string.match(string.sub(base, #queueBase + 1), '^/(.*):$') or 'main'
  return string.format('{"queue":%s,"lane":%s,"jobId":%s}', cjson.encode(queue), cjson.encode(lane), cjson.encode(id))
end

-- Whoever waited with it need not interrupt it any more.
local function disown(root, base, id)
  local owner = redis.call('HGET', base .. id, 'waitingOwner')
  if not owner then return end
  local uuid = string.match(owner, '^([^:]+):')
  if uuid then redis.call('ZREM', root .. 'dispatcher:' .. uuid .. ':waiting', ownedMember(base, id)) end
  redis.call('HDEL', base .. id, 'waitingOwner')
end

-- Whether the cancel holds the job now; it stands in the active list then, as what a dispatcher has claimed. False: it stands nowhere.
local function takeCancelled(base, id, cancelId, failure, lockDuration)
  local key = base .. id
  local lockKey = key .. ':lock'
  local root = splitBase(base)
  local holder = redis.call('GET', lockKey)
  if holder == cancelId then return true end
  if holder then
    redis.call('SET', lockKey, cancelId, 'KEEPTTL')
    local uuid = string.match(holder, '^([^:]+):%d+:%d+$')
    -- Told at once; where the message is lost, the owner's audit finds it, or its commit is refused.
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
  freeQuotas(base, id)
  disown(root, base, id)
  return true
end
