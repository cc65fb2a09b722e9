-- The schedules of a queue (Q10): a sorted set with the next time of each, by name, and a record
-- for each.
--- @include "system-marker"

-- Lets a schedule stand at a time; 'inf': no time is to come. Wakes a dispatcher, which looks at
-- that time.
local function standAt(schedulesKey, name, time, markerKey)
  redis.call('ZADD', schedulesKey, time, name)
  if time ~= 'inf' then lookAt(markerKey, time) end
end
