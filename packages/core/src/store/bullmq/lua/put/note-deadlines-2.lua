--[[
  Writes down by when jobs must have begun (Q2), before they are put: what is written of a job that
  then is not put is dropped when its time comes.

  KEYS: deadlines (of the queue), systemMarker
  ARGV: for each job: beginAfter (milliseconds since 1970; 0 for none), beginBy (ms), member
    (`<lane>/<id>`)
  Reply: 1
]]
--- @include "redis-time"
local deadlinesKey, markerKey = KEYS[1], KEYS[2]

local now = redisTime()
for i = 1, #ARGV, 3 do
  local beginAfter, beginBy, member = unpack(ARGV, i, i + 2)
  redis.call('ZADD', deadlinesKey, string.format('%.0f', math.max(now, beginAfter) + beginBy), member)
end
-- Whoever waits in the system lane learns when to look: by the marker with which BullMQ tells of
-- delayed jobs.
local first = tonumber(redis.call('ZRANGE', deadlinesKey, 0, 0, 'WITHSCORES')[2])
local told = tonumber(redis.call('ZSCORE', markerKey, '1') or math.huge)
if first < told then redis.call('ZADD', markerKey, string.format('%.0f', first), '1') end
return 1
