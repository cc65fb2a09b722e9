--[[
  Lets all lanes of a queue go on after a pause, whichever program has paused them (O2). It can be
  repeated.

  KEYS: paused-at
  ARGV: queueBase
  Reply: 1; 0 another call is needed, since many jobs stand in the lists of an earlier version of
         BullMQ
  Events: 'resumed' in each lane that was paused
]]
--- @include "paused-list"
--- @include "quotas"
-- Wakes the dispatchers that wait for a job of the lane.
local function setMarkers(base)
  if isPausedOrFull(base) then return end
  redis.call('ZADD', base .. 'marker', 0, '0')
  markNextDue(base)
end

redis.call('DEL', KEYS[1])
local isDone = 1
for _, base in ipairs(laneBases(ARGV[1])) do
  local wasPaused = redis.pcall('HDEL', base .. 'meta', 'paused') == 1
  local moved = takePausedList(base)
  if wasPaused then redis.call('XADD', base .. 'events', '*', 'event', 'resumed') end
  if wasPaused or moved > 0 then setMarkers(base) end
  if moved == MAX_PAUSED then isDone = 0 end
end
return isDone
