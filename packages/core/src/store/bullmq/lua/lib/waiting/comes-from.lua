-- Jobs that are not stored, and may still come: their origins are going to store them (J12).
--- @include "begin-deadline"
--- @include "job-key"
--- @include "put-at"

-- Why a stored origin stores no job of that id any more; nil where it may.
local function overSince(originKey, id)
  local finishedOn, result, manifest, chunks, stopped, aborted, cancelled = unpack(redis.call('HMGET', originKey,
    'finishedOn', 'result', 'manifest', 'scheduledChunks', 'stopped', 'aborted', 'cancelled'))
  -- A manifest names jobs by their ids, after their lanes; those appended later have fields of
  -- their own.
  local wasScheduled = manifest and hasScheduled(manifest, chunks)
    and (string.find(manifest, id .. '"', 1, true) or redis.call('HEXISTS', originKey, 'appended:' .. id) == 1)
  if wasScheduled and not (stopped or aborted or cancelled) then return 'stored before' end
  return (wasScheduled or finishedOn or result) and 'ended' or nil
end

-- Returns the keys of the origins of a job, nearest first, up to the first that is stored. Where
-- the job will never come: nil, why ('ended', 'stored before' or 'removed'), and the key of the
-- origin.
local function comesFrom(key, origins)
  local chain, below = {}, key
  for i, originKey in ipairs(origins) do
    if redis.call('HEXISTS', originKey, 'name') == 0 then originKey = putElsewhere(originKey) or originKey end
    chain[i] = originKey
    if redis.call('HEXISTS', originKey, 'name') == 1 then
      local _, id = splitJobKey(below)
      local over = overSince(originKey, id)
      if over then return nil, over, originKey end
      return chain
    end
    below = originKey
  end
  return nil, 'removed', origins[#origins]
end
