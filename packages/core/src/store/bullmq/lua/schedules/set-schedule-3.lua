--[[
  Makes a schedule, or replaces one of that name (Q10). One whose times stay the same goes on from
  where it stands. A paused one stays paused.

  KEYS: schedules (name to next time), schedule (its record), systemMarker
  ARGV: name, next (ms since 1970; '' for a grid, which begins now), times (JSON),
        then the other fields of the record: name, value …
  Reply: 1
]]
--- @include "job-key"
--- @include "schedule-record"
local schedulesKey, recordKey, markerKey = KEYS[1], KEYS[2], KEYS[3]
local name, first, times = ARGV[1], ARGV[2], ARGV[3]

local before, paused = fieldsOf(recordKey, 'times', 'paused')
local stands = redis.call('ZSCORE', schedulesKey, name)
local goesOn = before == times and stands and (paused or stands ~= 'inf')
redis.call('HSET', recordKey, 'times', times, unpack(ARGV, 4))
if goesOn then return 1 end
local start = string.format('%.0f', redisTime())
redis.call('HSET', recordKey, 'start', start)
standAt(schedulesKey, name, paused and 'inf' or first == '' and start or first, markerKey)
return 1
