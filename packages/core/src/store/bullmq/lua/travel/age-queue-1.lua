--[[
  Makes the times of a queue that belong to no job so much older, as if that time had passed: by
  when jobs must begin, the pause, the starts and openings of rate limits, and the look of
  retention. The clock of each schedule goes ahead of Redis's instead. For tests. One call takes
  1,000 deadlines.

  KEYS: deadlines (of the queue)
  ARGV: queueBase, ms, from: where the last call has ended; '' for the first call
  Reply: from where the next call goes on; '' all times are older
]]
--- @include "rate-limits"
--- @include "schedule-clock"
--- @include "system-marker"
local deadlinesKey = KEYS[1]
local queueBase, ms, from = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local MOST = 1000

local function ageScores(key)
  local found = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')
  for i = 1, #found, 2 do
    redis.call('ZADD', key, exactly(tonumber(found[i + 1]) - ms), found[i])
  end
end

local function ageRateLimit(name)
  ageScores(startsKey(queueBase, name))
  local left = closedUntil(queueBase, name) - ms - redisTime()
  redis.call('DEL', limitKey(queueBase, name) .. ':closed')
  if left > 0 then closeLimit(queueBase, name, left) end
end

local function ageRateLimits()
  for _, limit in ipairs(redis.call('HKEYS', queueBase .. ':rate-limits')) do
    local name = 'rate:' .. limit
    ageRateLimit(name)
    local keys = recentKeys(queueBase, name)
    ageScores(recentKey(queueBase, name))
    for _, key in ipairs(keys) do ageRateLimit(key) end
  end
  ageScores(openingKey(queueBase))
  local opening = redis.call('ZRANGE', openingKey(queueBase), 0, 0, 'WITHSCORES')[2]
  if opening then lookAt(queueBase .. '/system:marker', math.ceil(tonumber(opening))) end
end

local function ageOnce()
  ageRateLimits()
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
