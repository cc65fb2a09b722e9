--[[
  Writes down by when jobs must have begun (Q2), before they are put: what is written of a job that then is not put is
  dropped when its time comes.

  KEYS: deadlines (of the queue), systemMarker
  ARGV: for each job: deadline (milliseconds since 1970), member (`<lane>/<id>`)
  Reply: 1
]]
local deadlinesKey, markerKey = KEYS[1], KEYS[2]

for i = 1, #ARGV, 2 do redis.call('ZADD', deadlinesKey, ARGV[i], ARGV[i + 1]) end
-- Whoever waits in the system lane learns when to look: by the marker with which BullMQ tells of delayed jobs.
local first = tonumber(redis.call('ZRANGE', deadlinesKey, 0, 0, 'WITHSCORES')[2])
local told = tonumber(redis.call('ZSCORE', markerKey, '1') or math.huge)
if first < told then redis.call('ZADD', markerKey, string.format('%.0f', first), '1') end
return 1
