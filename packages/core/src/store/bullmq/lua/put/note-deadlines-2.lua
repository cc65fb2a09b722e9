--[[
  Stores by when jobs must have begun (Q2), before they are put. An entry whose job is never put is
  dropped when its time comes.

  KEYS: deadlines (of the queue), systemMarker
  ARGV: for each job: beginAfter (ms since 1970; 0 for none), beginBy (ms), member (`<lane>/<id>`)
  Reply: 1
]]
--- @include "redis-time"
local deadlinesKey, markerKey = KEYS[1], KEYS[2]

local now = redisTime()
for i = 1, #ARGV, 3 do
  local beginAfter, beginBy, member = unpack(ARGV, i, i + 2)
  local deadline = math.max(now, beginAfter) + beginBy
  redis.call('ZADD', deadlinesKey, string.format('%.0f', deadline), member)
end
-- Claimers of the system lane learn when to look from the marker that BullMQ uses for delayed jobs.
local first = tonumber(redis.call('ZRANGE', deadlinesKey, 0, 0, 'WITHSCORES')[2])
local marked = tonumber(redis.call('ZSCORE', markerKey, '1') or math.huge)
if first < marked then redis.call('ZADD', markerKey, string.format('%.0f', first), '1') end
return 1
