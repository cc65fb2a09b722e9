-- Who holds a claimed job.

-- The token in its lock; nil where there is none, or something that is no lock (B1): no client
-- could name a token that is not ASCII.
local function holderOf(lockKey)
  local holder = redis.pcall('GET', lockKey)
  return type(holder) == 'string' and not string.find(holder, '[\128-\255]') and holder or nil
end
