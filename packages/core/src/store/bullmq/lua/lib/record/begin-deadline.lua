-- By when a job must have begun (Q2).
--- @include "job-key"

-- When the job's turn came: the latest end of its children; 0 where none has ended.
local function turnOf(jobKey)
  local turn = 0
  for _, ending in ipairs({ ':processed', ':failed' }) do
    for _, key in ipairs(redis.call('HKEYS', jobKey .. ending)) do
      turn = math.max(turn, tonumber(redis.call('HGET', key, 'finishedOn') or 0))
    end
  end
  return turn
end

-- Returns the deadline in ms since 1970, and `beginBy`; nil for a job without. The deadline is
-- `beginBy` ms after the put, beginAfter or the job's turn, whichever is last.
local function beginDeadline(jobKey)
  local json, timestamp, turnAt = fieldsOf(jobKey, 'opts', 'timestamp', 'turnAt')
  local isRead, options = pcall(cjson.decode, json or '{}')
  local beginBy = isRead and type(options) == 'table' and tonumber(options.beginBy)
  if not beginBy then return nil end
  local from = math.max(tonumber(timestamp or 0), tonumber(options.beginAfter or 0),
    tonumber(turnAt or 0), turnOf(jobKey))
  return from + beginBy, beginBy
end

-- Whether all chunks of children are scheduled: then the job has begun, and its task is not called
-- again.
local function hasScheduled(manifest, chunks)
  local isJson, scheduled = pcall(cjson.decode, manifest or '')
  local all = isJson and type(scheduled) == 'table' and tonumber(scheduled.chunks)
  return all and (tonumber(chunks or 0) or 0) >= all
end
