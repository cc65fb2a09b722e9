-- Puts a new job into its queue, as BullMQ's adding scripts do. `prefix` is that of its lane.
--- @include "queue-lists"

-- dueAt: '0' for a job that may start at once.
local function newJob(timestamp, prefix, id, task, args, options, dueAt)
  local delay = math.max(0, tonumber(dueAt) - tonumber(timestamp))
  redis.call('HSET', prefix .. id, 'name', task, 'data', args, 'opts', options, 'timestamp', timestamp,
    'delay', string.format('%.0f', delay), 'priority', 0)
  redis.call('XADD', prefix .. 'events', '*', 'event', 'added', 'jobId', id, 'name', task)
  if delay > 0 then pushToDelayed(prefix, id, tonumber(dueAt)) else pushToWait(prefix, id, 'LPUSH') end
end
