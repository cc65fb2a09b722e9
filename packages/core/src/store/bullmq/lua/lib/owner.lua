-- The owner of a waiting job (I2). The job is in the owner's set `dispatcher:<uuid>:waiting`, so
-- that the owner's death interrupts it.
--- @include "dispatcher-record"
--- @include "job-key"

-- The member of the set, equal to that of TypeScript's `ownedMember`. The two ways to write JSON
-- differ only in slashes, and no name has one.
local function ownedMember(base, id)
  local prefix, queueBase = splitBase(base)
  local queue = string.sub(queueBase, #prefix + 1)
  local lane = string.match(string.sub(base, #queueBase + 1), '^/(.*):$') or 'main'
  return string.format('{"queue":%s,"lane":%s,"jobId":%s}',
    cjson.encode(queue), cjson.encode(lane), cjson.encode(id))
end

-- Takes a job out of its owner's set: it has ended, or has another holder (J9). A foreign key in
-- the place of the set is left alone (B1).
local function disown(base, id)
  local uuid = string.match(redis.call('HGET', base .. id, 'waitingOwner') or '', '^([^:]+):')
  local prefix = splitBase(base)
  if uuid then
    redis.pcall('ZREM', prefix .. 'dispatcher:' .. uuid .. ':waiting', ownedMember(base, id))
  end
end

-- Takes a job out of the set of a former owner, which may have ended while the job was claimed.
local function leaveFormerOwner(jobKey, ownedKey, member)
  local uuid = string.match(redis.call('HGET', jobKey, 'waitingOwner') or '', '^([^:]+):%d+$')
  if not uuid then return end
  local formerKey = string.gsub(ownedKey, '[^:]+:waiting$', uuid .. ':waiting')
  if formerKey ~= ownedKey then redis.call('ZREM', formerKey, member) end
end

-- The activation that asks may have ended without knowing it. A cleanup that is over would not see
-- the job (I6). So the later activation of the dispatcher becomes the owner. Where there is none,
-- the dispatcher is cleaned up once more.
local function lastingOwner(ownedKey, owner)
  local recordKey, prefix, uuid = string.match(ownedKey, '^((.*):dispatcher:([^:]+)):waiting$')
  local status, epoch = fieldsOf(recordKey, 'status', 'epoch')
  if status == 'active' then return uuid .. ':' .. epoch end
  if status == 'deactivated' then
    redis.call('HSET', recordKey, 'status', 'cleaning', 'cleaner', '')
    redis.call('ZADD', prefix .. ':dispatchers', redisTime() - 1, uuid)
  end
  if status then
    -- A cleanup that is under way may have read the set for the last time: it reads it again.
    redis.call('HSET', recordKey, 'again', 1)
  end
  return owner
end

-- ownedKey: the set of the new owner. member: of the job. owner: `<uuid>:<epoch>`, which asks.
local function own(jobKey, ownedKey, member, owner)
  leaveFormerOwner(jobKey, ownedKey, member)
  redis.call('HSET', jobKey, 'waitingOwner', lastingOwner(ownedKey, owner))
end

-- The set is ordered by the times of the puts, so that a parent is interrupted before its children
-- (I1).
local function addToOwned(jobKey, ownedKey, member, timestamp)
  redis.call('ZADD', ownedKey, redis.call('HGET', jobKey, 'timestamp') or timestamp, member)
end
