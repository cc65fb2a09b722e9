-- Reads a job with the state in which BullMQ has it. `base` stands before the keys of its lane.

-- Returns { fields, state, annotations }, or nil where there is no such job.
local function jobWithState(base, id)
  local key = base .. id
  -- BullMQ keeps other things beside the jobs, under names that are no ids.
  if redis.call('TYPE', key).ok ~= 'hash' or redis.call('HEXISTS', key, 'name') == 0 then return nil end
  local state = 'waiting'
  if redis.call('HEXISTS', key, 'finishedOn') == 1 then state = 'finished'
  elseif redis.call('EXISTS', key .. ':lock') == 1 then state = 'active'
  elseif redis.call('ZSCORE', base .. 'delayed', id) then state = 'delayed'
  elseif redis.call('ZSCORE', base .. 'waiting-children', id) then state = 'waiting-children'
  elseif redis.call('HEXISTS', key, 'deferred') == 1 then state = 'deferred' end
  -- What is no hash holds no annotations (B1).
  local annotations = redis.pcall('HGETALL', key .. ':annotations')
  return { redis.call('HGETALL', key), state, annotations.err and {} or annotations }
end
