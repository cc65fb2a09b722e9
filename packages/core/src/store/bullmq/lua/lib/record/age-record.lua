-- Makes a job older, for tests that let time pass (docs/protocol/travel.md).
--- @include "job-key"

-- The fields with a time in ms since 1970. `keyUntil` may be a word instead, and `startedAt` may
-- have two times.
local TIME_FIELDS = { 'timestamp', 'processedOn', 'finishedOn', 'turnAt', 'dueAt', 'resumeAfter',
  'keyUntil', 'startedAt' }

local function earlier(time, ms)
  return string.format('%.0f', tonumber(time) - ms)
end

-- The options, with an earlier `beginAfter`. Their text is changed in one place: cjson would change
-- `meta`, which is the last option.
local function olderOptions(options, ms)
  local metaAt = string.find(options, '"meta":{', 1, true) or #options
  local _, _, before, time = string.find(options, '"beginAfter":()(%d+)')
  if not time or before > metaAt then return options end
  local rest = string.sub(options, before + #time)
  return string.sub(options, 1, before - 1) .. earlier(time, ms) .. rest
end

local function ageRecord(key, ms)
  if redis.call('TYPE', key).ok ~= 'hash' then return end
  local values = redis.call('HMGET', key, 'opts', 'callbacks', unpack(TIME_FIELDS))
  local options, callbacks = values[1], values[2]
  local aged = {}
  for i, field in ipairs(TIME_FIELDS) do
    local time, second = string.match(values[i + 2] or '', '^(%d+)/?(%d*)$')
    if time and time ~= '0' then
      aged[#aged + 1] = field
      aged[#aged + 1] = earlier(time, ms) .. (second == '' and '' or '/' .. earlier(second, ms))
    end
  end
  if options and string.find(options, '"beginAfter":', 1, true) then
    aged[#aged + 1] = 'opts'
    aged[#aged + 1] = olderOptions(options, ms)
  end
  if #aged > 0 then redis.call('HSET', key, unpack(aged)) end
  -- Callbacks whose turn has not come are in no list.
  for _, callback in ipairs(callbacks and keysIn(callbacks) or {}) do
    if hasField(callback, 'deferred') then ageRecord(callback, ms) end
  end
end
