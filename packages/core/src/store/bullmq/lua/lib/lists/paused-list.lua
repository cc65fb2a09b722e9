-- The list in which earlier versions of BullMQ keep the jobs of a paused lane, the next one last.
--- @include "job-key"

-- One call of a script moves so many: more would hold up Redis for too long.
local MAX_PAUSED = 1000

-- Moves its jobs to the tail of the wait list, in their order. Returns how many.
local function takePausedList(base)
  local paused = redis.call('LRANGE', base .. 'paused', -MAX_PAUSED, -1)
  for i = #paused, 1, -1 do
    redis.call('LREM', base .. 'paused', -1, paused[i])
    redis.call('LPUSH', base .. 'wait', paused[i])
  end
  return #paused
end
