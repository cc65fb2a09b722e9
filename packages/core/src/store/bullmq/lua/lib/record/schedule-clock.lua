-- The clock of a schedule, which a test may let go ahead of Redis's (docs/protocol/travel.md). The
-- field `travelled` has the time at which the schedule stands, a colon, and the ms ahead. It counts
-- while the schedule stands there: a schedule that is set anew or resumed goes by Redis's clock.
--- @include "job-key"

-- By how many ms the clock of the schedule is ahead. score: where it stands, as text.
local function aheadOf(recordKey, score)
  local travelled = redis.call('HGET', recordKey, 'travelled') or ''
  local stands, ahead = string.match(travelled, '^(.*):(%d+)$')
  return stands and tonumber(stands) == tonumber(score) and tonumber(ahead) or 0
end

local function noteAhead(recordKey, stands, ahead)
  redis.call('HSET', recordKey, 'travelled', stands .. ':' .. string.format('%.0f', ahead))
end

-- A paused schedule stands at 'inf', and does not travel.
local function letScheduleTravel(queueBase, name, ms)
  local recordKey = queueBase .. ':schedule:' .. name
  local score = redis.call('ZSCORE', queueBase .. ':schedules', name)
  if tonumber(score) < math.huge then
    noteAhead(recordKey, score, aheadOf(recordKey, score) + ms)
  end
end
