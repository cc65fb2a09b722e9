-- Who holds a claimed job.

-- The token in its lock; nil where there is none, or something that is no lock (B1).
local function holderOf(lockKey)
  local holder = redis.pcall('GET', lockKey)
  return type(holder) == 'string' and holder or nil
end
