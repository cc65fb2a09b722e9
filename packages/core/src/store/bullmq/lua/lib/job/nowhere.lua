-- Jobs that have been lost from every list.

-- Whether a job that has not ended stands nowhere in its lane. `prefix` is that of the lane. What
-- is no list has no job in it (B1).
local function isNowhere(prefix, jobId)
  local key = prefix .. jobId
  if redis.call('TYPE', key).ok ~= 'hash' then return false end
  local name, finishedOn, deferred = unpack(redis.call('HMGET', key, 'name', 'finishedOn', 'deferred'))
  if not name or finishedOn or deferred then return false end
  for _, list in ipairs({ 'wait', 'active' }) do
    if type(redis.pcall('LPOS', prefix .. list, jobId)) == 'number' then return false end
  end
  for _, set in ipairs({ 'delayed', 'parked', 'prioritized', 'waiting-children' }) do
    if type(redis.pcall('ZSCORE', prefix .. set, jobId)) == 'string' then return false end
  end
  return redis.pcall('HEXISTS', prefix .. 'dead-letters', jobId) ~= 1
end
