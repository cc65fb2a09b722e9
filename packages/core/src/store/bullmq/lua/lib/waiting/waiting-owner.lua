-- Who owns a job that waits (I2).
--- @include "dispatcher-record"

-- It may have been owned by somebody else before: who ended in the meantime, while the job was
-- claimed, has it still.
local function leaveFormerOwner(jobKey, ownedKey, member)
  local uuid = string.match(redis.call('HGET', jobKey, 'waitingOwner') or '', '^([^:]+):%d+$')
  if not uuid then return end
  local formerKey = string.gsub(ownedKey, '[^:]+:waiting$', uuid .. ':waiting')
  if formerKey ~= ownedKey then redis.call('ZREM', formerKey, member) end
end

-- The activation that asks may have ended and not know it: nobody would look after what it comes to
-- own after its cleaning (I6). Where its dispatcher is active again, the later activation owns the
-- job; else it is cleaned up after once more.
local function lastingOwner(ownedKey, owner)
  local recordKey, prefix, uuid = string.match(ownedKey, '^((.*):dispatcher:([^:]+)):waiting$')
  local status, epoch = unpack(redis.call('HMGET', recordKey, 'status', 'epoch'))
  if status == 'active' then return uuid .. ':' .. epoch end
  if status == 'deactivated' then
    redis.call('HSET', recordKey, 'status', 'cleaning', 'cleaner', '')
    redis.call('ZADD', prefix .. ':dispatchers', redisTime() - 1, uuid)
  end
  if status then
    -- Whoever is cleaning up may have looked into the set for the last time.
    redis.call('HSET', recordKey, 'again', 1)
  end
  return owner
end

-- ownedKey: the set of the new owner's dispatcher. member: the job, in the sets of those who own
-- it. owner: `<uuid>:<epoch>`, who asks.
local function own(jobKey, ownedKey, member, owner)
  leaveFormerOwner(jobKey, ownedKey, member)
  redis.call('HSET', jobKey, 'waitingOwner', lastingOwner(ownedKey, owner))
end

-- Ordered by when they were stored: outer jobs are interrupted before the inner ones that they wait
-- for (I1).
local function addToOwned(jobKey, ownedKey, member, timestamp)
  redis.call('ZADD', ownedKey, redis.call('HGET', jobKey, 'timestamp') or timestamp, member)
end
