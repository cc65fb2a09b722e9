-- Who holds a claimed job.

-- The token in its lock; nil where there is none, or something that is no lock (B1).
local function holderOf(lockKey)
  return redis.call('TYPE', lockKey).ok == 'string' and redis.call('GET', lockKey) or nil
end
