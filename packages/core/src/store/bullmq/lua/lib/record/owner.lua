-- The owner of a waiting job (I2). The job is in the owner's set `dispatcher:<uuid>:waiting`, so
-- that the owner's death interrupts it.
--- @include "dispatcher-record"
--- @include "job-key"

-- The member of the set, equal to that of TypeScript's `ownedMember`. The two ways to write JSON
-- differ only in slashes, and no name has one.
local function ownedMember(base, id)
  local prefix, queueBase = splitBase(base)
  local queue = string.sub(queueBase, #prefix + 1)
  return string.format('{"queue":%s,"lane":%s,"jobId":%s}',
    cjson.encode(queue), cjson.encode(laneOf(base)), cjson.encode(id))
end

-- The key of the set of the activation `<uuid>:<epoch>`; nil where an interrupt is the owner.
local function ownedKey(base, owner)
  local uuid = string.match(owner or '', '^([^:]+):')
  return uuid and splitBase(base) .. 'dispatcher:' .. uuid .. ':waiting'
end

-- Takes a job out of its owner's set: it has ended, or has another holder (J9). A foreign key in
-- the place of the set is left alone (B1).
local function disown(base, id)
  local key = ownedKey(base, redis.call('HGET', base .. id, 'waitingOwner'))
  if key then redis.pcall('ZREM', key, ownedMember(base, id)) end
end

-- The activation that asks may have ended without knowing it. A cleanup that is over would not see
-- the job (I6). So the later activation of the dispatcher becomes the owner. Where there is none,
-- the dispatcher is cleaned up once more, also one that a restored Redis does not know.
local function lastingOwner(base, owner)
  local prefix = splitBase(base)
  local uuid, asking = string.match(owner, '^([^:]+):(.*)$')
  local recordKey = prefix .. 'dispatcher:' .. uuid
  local status, epoch = fieldsOf(recordKey, 'status', 'epoch')
  if status == 'active' then return uuid .. ':' .. epoch end
  if not status or status == 'deactivated' then
    redis.call('HSET', recordKey, 'status', 'cleaning', 'cleaner', '', 'epoch', epoch or asking)
    redis.call('ZADD', prefix .. 'dispatchers', redisTime() - 1, uuid)
    redis.call('ZREM', prefix .. 'dispatchers:ended', uuid)
  end
  -- A cleanup that is under way may have read the set for the last time: it reads it again.
  redis.call('HSET', recordKey, 'again', 1)
  return owner
end

-- Makes the activation `owner`, which asks, the owner of a waiting job. A job that was woken
-- meanwhile is in no owner's set. The set is ordered by the times of the puts, so that a parent is
-- interrupted before its children (I1).
local function own(base, id, owner)
  disown(base, id)
  redis.call('HSET', base .. id, 'waitingOwner', lastingOwner(base, owner))
  if not redis.call('ZSCORE', base .. 'waiting-children', id) then return end
  local putAt = redis.call('HGET', base .. id, 'timestamp') or redisTime()
  redis.call('ZADD', ownedKey(base, owner), putAt, ownedMember(base, id))
end
