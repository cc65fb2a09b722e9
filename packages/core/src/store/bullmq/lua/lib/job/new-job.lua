-- Puts a new job into its queue, as BullMQ's adding scripts do. `prefix` is that of its lane.
--- @include "note-lane"
--- @include "queue-lists"

-- dueAt: '0' for a job that may start at once. It is put by Redis's clock (Q2).
local function newJob(prefix, id, task, args, options, dueAt)
  noteLane(prefix)
  local now = redisTime()
  local delay = math.max(0, tonumber(dueAt) - now)
  redis.call('HSET', prefix .. id, 'name', task, 'data', args, 'opts', options, 'timestamp', now,
    'delay', string.format('%.0f', delay), 'priority', 0)
  redis.call('XADD', prefix .. 'events', '*', 'event', 'added', 'jobId', id, 'name', task)
  if delay > 0 then pushToDelayed(prefix, id, tonumber(dueAt)) else pushToWait(prefix, id, 'LPUSH') end
end
