-- Reads a job with the state in which BullMQ has it. `base` stands before the keys of its lane.

-- Returns { fields, state }, or nil where there is no such job.
local function jobWithState(base, id)
  local key = base .. id
  -- BullMQ keeps other things beside the jobs, under names that are no ids.
  if redis.call('TYPE', key).ok ~= 'hash' or redis.call('HEXISTS', key, 'name') == 0 then return nil end
  local fields = redis.call('HGETALL', key)
  if redis.call('HEXISTS', key, 'finishedOn') == 1 then return { fields, 'finished' } end
  if redis.call('EXISTS', key .. ':lock') == 1 then return { fields, 'active' } end
  if redis.call('ZSCORE', base .. 'delayed', id) then return { fields, 'delayed' } end
  if redis.call('ZSCORE', base .. 'waiting-children', id) then return { fields, 'waiting-children' } end
  return { fields, redis.call('HEXISTS', key, 'held') == 1 and 'held' or 'waiting' }
end
