-- Who owns a job that waits. The activation that asks may have ended and not know it: nobody would look after what it comes to own after its
-- cleaning (I2, I6). Where its dispatcher is active again, the later activation owns the job; else it is cleaned up after once more.
--- @include "dispatcher-record"

-- ownedKey: the set of the dispatcher. owner: `<uuid>:<epoch>`, who asks. Gives who is to be written down.
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
