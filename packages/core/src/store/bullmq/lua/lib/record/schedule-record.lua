-- The schedules of a queue (Q10): a sorted set with the next time of each, by name, and a record
-- for each.
--- @include "redis-time"

-- Lets a schedule stand at a time; 'inf': no time is to come. Wakes a dispatcher, which looks at
-- that time.
local function standAt(schedulesKey, name, time, markerKey)
  redis.call('ZADD', schedulesKey, time, name)
  if time == 'inf' then return end
  -- Claimers of the system lane learn when to look from the marker that BullMQ uses for delayed
  -- jobs.
  local marked = tonumber(redis.call('ZSCORE', markerKey, '1') or math.huge)
  if tonumber(time) < marked then redis.call('ZADD', markerKey, time, '1') end
end
