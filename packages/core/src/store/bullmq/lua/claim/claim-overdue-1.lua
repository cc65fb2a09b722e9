--[[
  Claims the first pending job of a queue that has not begun by its deadline, to end it (Q2). The
  claim is like BullMQ's, and uses its lists.

  KEYS: deadlines (of the queue)
  ARGV: queueBase, mainLane, token, owner, lockDuration, now
  Reply: { lane, jobId, fields } of the claimed job; { when to look again } in ms since 1970; { 0 }
         no deadline is left
  Events: 'active'
]]
--- @include "begin-deadline"
--- @include "job-state"
--- @include "take-job"
local deadlinesKey = KEYS[1]
local queueBase, mainLane, token, owner, lockDuration = unpack(ARGV, 1, 5)
local now = tonumber(ARGV[6])
local MAX_LOOKS = 50
-- A job past its deadline is looked at again, more and more seldom: it may be claimed and put back,
-- or be a dead letter that is retried. ms.
local SOONEST = 1000
-- A deadline is stored before its job, whose put may be slow. A missing job is looked for once more
-- after each of these times in ms. Then its entry is dropped. A `/` at the head of the entry counts
-- each look.
local MISSING_LOOKS = { 1000, 10000, 60000 }

local function lookAgain(member, at)
  redis.call('ZADD', deadlinesKey, string.format('%.0f', at), member)
end

local function lookForMissing(member)
  local later = MISSING_LOOKS[#string.match(member, '^/*') + 1]
  redis.call('ZREM', deadlinesKey, member)
  if later then lookAgain('/' .. member, now + later) end
end

-- Returns the deadline, `beginBy`, and whether the job's turn has not come. The deadline is nil for
-- a job that has begun or ended.
local function readDeadline(base, jobId)
  local jobKey = base .. jobId
  local claims, before, chunks, finishedOn =
    fieldsOf(jobKey, 'ats', 'claimsBefore', 'scheduledChunks', 'finishedOn')
  local waits = redis.call('ZSCORE', base .. 'waiting-children', jobId)
  local isSuspended = waits and claimsOf(claims, before) > 0
  if finishedOn or isSuspended or hasScheduled(manifestOf(jobKey), chunks) then return nil end
  local deadline, beginBy = beginDeadline(jobKey)
  return deadline, beginBy, waits
end

for _ = 1, MAX_LOOKS do
  local member, score = unpack(redis.call('ZRANGE', deadlinesKey, 0, 0, 'WITHSCORES'))
  if not member then return { 0 } end
  if tonumber(score) > now then return { tonumber(score) } end
  local lane, jobId = string.match(member, '^/*([^/]*)/(.*)$')
  -- A damaged entry names a job that is missing (B1).
  if not lane then lane, jobId = mainLane, member end
  local base = queueBase .. (lane == mainLane and ':' or '/' .. lane .. ':')
  local jobKey = base .. jobId
  local isRead, deadline, beginBy, waits = pcall(readDeadline, base, jobId)
  if redis.call('EXISTS', jobKey) == 0 then
    lookForMissing(member)
  elseif not isRead or not deadline then
    -- A damaged record (not isRead) becomes a dead letter when it is claimed (B1).
    redis.call('ZREM', deadlinesKey, member)
  elseif waits then
    lookAgain(member, now + beginBy)
  elseif deadline > now then
    lookAgain(member, deadline)
  else
    lookAgain(member, now + math.max(SOONEST, now - deadline))
    local isDeadLetter = redis.call('HEXISTS', base .. 'dead-letters', jobId) == 1
    if not isDeadLetter and not isHeld(jobKey) then
      -- A search through the wait list is long: one in each call is enough.
      if not takePending(base, jobId) then return { now } end
      return { lane, jobId, claimJob(base, jobId, token, owner, lockDuration, ARGV[6]) }
    end
  end
end
return { now }
