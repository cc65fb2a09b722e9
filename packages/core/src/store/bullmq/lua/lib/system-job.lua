-- Puts one of recovery's own jobs (drover.handleInterrupt, drover.resumeCallbacks, drover.cancel)
-- into the system lane.
--- @include "queue-lists"

-- Until its decision is stored, such a job is also listed as undecided: the audit puts it back
-- where another program has removed it. Without that, the job that it holds would stay held for
-- ever (O6). jobKey: the job that it decides about. data: its arguments, JSON. options: JSON.
local function addSystemJob(systemPrefix, id, jobKey, task, data, options, timestamp)
  redis.call('HSET', systemPrefix .. id, 'name', task, 'data', data, 'opts', options, 'timestamp', timestamp,
    'delay', 0, 'priority', 0)
  redis.call('ZADD', systemPrefix .. 'undecided', timestamp, cjson.encode({ id, jobKey, task, data, options }))
  pushToWait(systemPrefix, id, 'LPUSH')
  -- Where another program has paused the lane, its dispatchers are woken all the same, and open it.
  redis.call('ZADD', systemPrefix .. 'marker', 0, '0')
end
