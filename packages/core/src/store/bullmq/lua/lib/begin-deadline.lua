-- By when a job must have begun (Q2).

-- The latest end of the jobs below it, which is when its own turn came; 0 where nothing has ended
-- below it.
local function turnOf(jobKey)
  local turn = 0
  for _, below in ipairs({ ':processed', ':failed' }) do
    for _, key in ipairs(redis.call('HKEYS', jobKey .. below)) do
      turn = math.max(turn, tonumber(redis.call('HGET', key, 'finishedOn') or 0))
    end
  end
  return turn
end

-- Milliseconds since 1970: `beginBy` ms after its put, its beginAfter or its turn, whichever came
-- last; and `beginBy`. Nil: no limit.
local function beginDeadline(jobKey)
  local json, timestamp, turnAt = unpack(redis.call('HMGET', jobKey, 'opts', 'timestamp', 'turnAt'))
  local isRead, options = pcall(cjson.decode, json or '{}')
  local beginBy = isRead and type(options) == 'table' and tonumber(options.beginBy)
  if not beginBy then return nil end
  local from = math.max(tonumber(timestamp or 0), tonumber(options.beginAfter or 0), tonumber(turnAt or 0), turnOf(jobKey))
  return from + beginBy, beginBy
end

-- It has scheduled all that it waits for: it is not begun once more.
local function hasScheduled(manifest, chunks)
  local isJson, scheduled = pcall(cjson.decode, manifest or '')
  local all = isJson and type(scheduled) == 'table' and tonumber(scheduled.chunks)
  return all and (tonumber(chunks or 0) or 0) >= all
end
