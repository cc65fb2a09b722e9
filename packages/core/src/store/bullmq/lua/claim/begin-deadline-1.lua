--[[
  Reads by when a job must have begun (Q2).

  KEYS: job
  Reply: ms since 1970; nil where the job has no such limit, or has begun
]]
--- @include "begin-deadline"
--- @include "long-fields"
local chunks = redis.call('HGET', KEYS[1], 'scheduledChunks')
if hasScheduled(manifestOf(KEYS[1]), chunks) then return nil end
return (beginDeadline(KEYS[1]))
