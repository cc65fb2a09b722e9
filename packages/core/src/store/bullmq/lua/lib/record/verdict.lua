-- The verdict about a job: the failure with which it ends, whatever its task would do. The field
-- `verdict` has the reason, a space, and the failure as JSON.
--- @include "job-key"

-- Of several verdicts the highest one counts. A stored result comes before all of them.
local RANKS = { stopped = 1, aborted = 2, cancelled = 3 }

-- Returns the reason and the failure; nil where there is no verdict.
local function readVerdict(verdict) return string.match(verdict or '', '^(%a+) (.*)$') end

local function isCancelled(key)
  return readVerdict(redis.call('HGET', key, 'verdict')) == 'cancelled'
end

-- Returns whether the verdict counts. Of equal ones the first stays, but the last abort counts.
local function giveVerdict(key, reason, failure)
  local verdict, finishedOn, result = fieldsOf(key, 'verdict', 'finishedOn', 'result')
  local rank, before = RANKS[reason], RANKS[readVerdict(verdict)] or 0
  local isLower = rank < before or rank == before and reason ~= 'aborted'
  if finishedOn or result or isLower then return false end
  redis.call('HSET', key, 'verdict', reason .. ' ' .. failure)
  return true
end
