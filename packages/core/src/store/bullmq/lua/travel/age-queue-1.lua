--[[
  Makes the times of a queue that belong to no job so much older, as if that time had passed: by
  when jobs must begin, the pause, and the look of retention. The clock of each schedule goes ahead
  of Redis's instead. For tests. One call takes 1,000 deadlines.

  KEYS: deadlines (of the queue)
  ARGV: queueBase, ms, from: where the last call has ended; '' for the first call
  Reply: from where the next call goes on; '' all times are older
]]
--- @include "schedule-clock"
--- @include "system-marker"
local deadlinesKey = KEYS[1]
local queueBase, ms, from = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local MOST = 1000

local function ageOnce()
  local pausedAt = redis.call('GET', queueBase .. ':paused-at')
  if pausedAt then
    redis.call('SET', queueBase .. ':paused-at', string.format('%.0f', tonumber(pausedAt) - ms))
  end
  redis.call('DEL', queueBase .. ':retention')
  for _, name in ipairs(redis.call('ZRANGE', queueBase .. ':schedules', 0, -1)) do
    letScheduleTravel(queueBase, name, ms)
  end
end

if from == '' then ageOnce() end
local first = from == '' and '-inf' or from
local page = redis.call('ZRANGEBYSCORE', deadlinesKey, first, '+inf', 'WITHSCORES',
  'LIMIT', 0, MOST)
local score = page[#page]
local isLast = #page < 2 * MOST
-- Deadlines at the same time stay together.
if not isLast then page = redis.call('ZRANGEBYSCORE', deadlinesKey, first, score, 'WITHSCORES') end
for i = 1, #page, 2 do
  redis.call('ZADD', deadlinesKey, string.format('%.0f', tonumber(page[i + 1]) - ms), page[i])
end
if not isLast then return '(' .. score end
if redis.call('ZCARD', deadlinesKey) > 0 then
  lookAtDeadlines(deadlinesKey, queueBase .. '/system:marker')
end
return ''
