--[[
  Claims the first pending job of a queue that has not begun by its deadline, so that it can be
  ended (Q2). The claim is as BullMQ's, whose lists it uses.

  KEYS: deadlines (of the queue)
  ARGV: queuePrefix (without a colon at its end), mainLane, token, owner, lockDuration, now
  Reply: { lane, jobId, fields }, or { when to look again } in milliseconds since 1970; { 0 } where
    no deadline is left
  Events: 'active'
]]
--- @include "begin-deadline"
--- @include "claim-job"
--- @include "claims-of"
--- @include "take-pending"
local deadlinesKey = KEYS[1]
local queuePrefix, mainLane, token, owner, lockDuration = unpack(ARGV, 1, 5)
local now = tonumber(ARGV[6])
local MAX_LOOKS = 50
-- A claimed job may be put back, and one that is a dead letter be tried again: it is looked at again,
-- more and more seldom.
local SOONEST = 1000

local function lookAgain(member, at) redis.call('ZADD', deadlinesKey, string.format('%.0f', at), member) end

-- What is written of a job may be there before the job is, whose put may be slow: it is looked for
-- so many ms later, and then dropped. A slash at the head of the member counts each time that it
-- was not there.
local NOT_THERE = { 1000, 10000, 60000 }

local function notThere(member)
  local slashes = #string.match(member, '^/*')
  redis.call('ZREM', deadlinesKey, member)
  if NOT_THERE[slashes + 1] then lookAgain('/' .. member, now + NOT_THERE[slashes + 1]) end
end

-- What decides about it: by when it must have begun, nil where it has begun or has ended; its
-- beginBy; whether its turn has not come.
local function look(prefix, jobId)
  local jobKey = prefix .. jobId
  local claims, before, manifest, chunks, finishedOn =
    unpack(redis.call('HMGET', jobKey, 'ats', 'claimsBefore', 'manifest', 'scheduledChunks', 'finishedOn'))
  local waits = redis.call('ZSCORE', prefix .. 'waiting-children', jobId)
  if finishedOn or (waits and claimsOf(claims, before) > 0) or hasScheduled(manifest, chunks) then return nil end
  local deadline, beginBy = beginDeadline(jobKey)
  return deadline, beginBy, waits
end

for _ = 1, MAX_LOOKS do
  local member, score = unpack(redis.call('ZRANGE', deadlinesKey, 0, 0, 'WITHSCORES'))
  if not member then return { 0 } end
  if tonumber(score) > now then return { tonumber(score) } end
  local lane, jobId = string.match(member, '^/*([^/]*)/(.*)$')
  -- What is nothing of ours is not there, either (B1).
  if not lane then lane, jobId = mainLane, member end
  local prefix = queuePrefix .. (lane == mainLane and ':' or '/' .. lane .. ':')
  local jobKey = prefix .. jobId
  local isRead, deadline, beginBy, waits = pcall(look, prefix, jobId)
  if redis.call('EXISTS', jobKey) == 0 then
    notThere(member)
  elseif not isRead or not deadline then
    -- It has ended, or has begun; or its record is damaged: whoever claims it sets it aside (B1).
    redis.call('ZREM', deadlinesKey, member)
  elseif waits then
    -- Its turn has not come.
    lookAgain(member, now + beginBy)
  elseif deadline > now then
    lookAgain(member, deadline)
  else
    lookAgain(member, now + math.max(SOONEST, now - deadline))
    local isPending = redis.call('EXISTS', jobKey .. ':lock') == 0 and redis.call('HEXISTS', prefix .. 'dead-letters', jobId) == 0
    if isPending then
      -- One long search for a job that waits elsewhere is enough for one call.
      if not takePending(prefix, jobId) then return { now } end
      return { lane, jobId, claimJob(prefix, jobId, token, owner, lockDuration, ARGV[6]) }
    end
  end
end
return { now }
