-- Who may change a job that is claimed, waits for others, or is to go on: its holder.

-- holder: the token of its lock, or its owner while it waits; '' where nobody is to hold it, and it
-- has not ended.
local function isOwnedBy(jobKey, lockKey, holder)
  local lock = redis.call('GET', lockKey)
  local name, owner, finishedOn = unpack(redis.call('HMGET', jobKey, 'name', 'waitingOwner', 'finishedOn'))
  return lock == holder or owner == holder or holder == '' and name and not lock and not owner and not finishedOn
end
