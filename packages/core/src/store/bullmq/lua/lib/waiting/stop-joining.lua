-- Stops a job that waits for others with the failure of one of them: it is woken, and ends with
-- that (C2).
--- @include "job-key"
--- @include "joining-job"
--- @include "queue-lists"

-- outerKey: of the job that all others are below; failure: JSON. Returns whether it is stopped by
-- this.
local function stopJoining(joiningKey, outerKey, failure)
  -- Not a job: what is called with the results is not released, until it is taken back.
  if outerKey ~= joiningKey and redis.call('EXISTS', outerKey) == 1 then
    redis.call('SADD', outerKey .. ':dependencies', outerKey .. ':stopped')
  end
  local finished, aborted, result = unpack(redis.call('HMGET', joiningKey, 'finishedOn', 'aborted', 'result'))
  if finished or aborted or result or redis.call('HSETNX', joiningKey, 'stopped', failure) == 0 then return false end
  local prefix, joiningId = splitJobKey(joiningKey)
  if redis.call('ZREM', prefix .. 'waiting-children', joiningId) == 1 then
    pushToWait(prefix, joiningId, 'RPUSH', 'waiting-children')
  elseif redis.call('EXISTS', joiningKey .. ':lock') == 1 then
    -- Whoever schedules its parts is about to suspend it: with nothing left to wait for, it is
    -- offered again at once.
    redis.call('DEL', joiningKey .. ':dependencies')
  end
  return true
end

-- Stops the job that waits for those below `outerKey`, where its `onFailure` says so. Returns
-- whether it does.
local function stopAbove(outerKey, failure)
  local joiningKey = joinedBelow(outerKey)
  local manifest = joiningKey and redis.call('HGET', joiningKey, 'manifest')
  if not manifest or not string.find(manifest, '"onFailure":"stop"', 1, true) then return false end
  stopJoining(joiningKey, outerKey, failure)
  return true
end
