-- Takes a pending job out of wherever it waits for its claim. `prefix` is that of its lane.
--- @include "quotas"

-- Whether it was there. The oldest jobs stand at the right of the wait list, and are looked for
-- first.
local function takePending(prefix, jobId)
  local found = redis.call('ZREM', prefix .. 'delayed', jobId) == 1 or redis.call('ZREM', prefix .. 'parked', jobId) == 1
    or redis.call('LREM', prefix .. 'wait', -1, jobId) == 1 or redis.call('HDEL', prefix .. 'dead-letters', jobId) == 1
  -- Nobody waits behind it for a slot any more.
  if found then pcall(freeQuotas, prefix, jobId) end
  return found
end
