-- The names of quotas and rate limits, and of their keys in Redis.

-- The name of a rate limit (Q9), which stands among the names of quotas as `rate:api`: jobs wait
-- for it as for a quota. Nil for a quota.
local function rateLimitOf(name) return string.match(name, '^rate:(.*)$') end

-- The quota, or rate limit, of a name with a key (Q9): a job names `team/acme`, and `team/` is its
-- quota. Returns nil for a name without a key.
local function keyedQuotaOf(name) return string.match(name, '^[^/]+/') end

-- Begins the keys of a quota, or of a rate limit.
local function limitKey(queueBase, name)
  return queueBase .. (rateLimitOf(name) and ':' or ':quota:') .. name
end
