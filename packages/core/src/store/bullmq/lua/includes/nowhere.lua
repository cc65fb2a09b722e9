-- Jobs that have been lost from every list.

-- Whether a job that has not ended stands nowhere in its lane. `prefix` is that of the lane.
local function isNowhere(prefix, jobId)
  local key = prefix .. jobId
  if redis.call('TYPE', key).ok ~= 'hash' then return false end
  local name, finishedOn, held = unpack(redis.call('HMGET', key, 'name', 'finishedOn', 'held'))
  if not name or finishedOn or held then return false end
  for _, list in ipairs({ 'wait', 'active' }) do
    if redis.call('LPOS', prefix .. list, jobId) then return false end
  end
  for _, set in ipairs({ 'delayed', 'parked', 'prioritized', 'waiting-children' }) do
    if redis.call('ZSCORE', prefix .. set, jobId) then return false end
  end
  return redis.call('HEXISTS', prefix .. 'set-aside', jobId) == 0
end
