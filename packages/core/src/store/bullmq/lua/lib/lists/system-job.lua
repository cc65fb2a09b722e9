-- Puts recovery's own jobs (drover.handleInterrupt, drover.resumeCallbacks, drover.cancel) into the
-- system lane.
--- @include "bullmq-lists"

-- jobKey: the job that it decides about. data: its arguments, JSON. options: JSON.
local function addSystemJob(systemBase, id, jobKey, task, data, options, timestamp)
  storeRecord(systemBase .. id, task, data, options, timestamp, 0)
  -- A reconcile pass puts the job back where another program removes it before its decision is
  -- stored. Without that the job that it holds would stay held for ever (O6).
  redis.call('ZADD', systemBase .. 'undecided', timestamp,
    cjson.encode({ id, jobKey, task, data, options }))
  pushToTail(systemBase, id)
  -- Where another program has paused the lane, this wakes the dispatchers, which open it.
  redis.call('ZADD', systemBase .. 'marker', 0, '0')
end

-- Counts an interrupt on a job, and puts its handleInterrupt job (I1, I4). Returns the id of that,
-- which becomes the token or the owner of the interrupted job.
local function interruptJob(jobKey, jobId, reference, systemBase, task, options, timestamp)
  local number = redis.call('HINCRBY', jobKey, 'interruptions', 1)
  local id = jobId .. '.interrupt.' .. number
  -- A job that has its result needs no decision: its callbacks go on.
  if hasField(jobKey, 'result') then task = 'drover.resumeCallbacks' end
  local data = '[' .. reference .. ',' .. number .. ']'
  addSystemJob(systemBase, id, jobKey, task, data, options, timestamp)
  return id
end
