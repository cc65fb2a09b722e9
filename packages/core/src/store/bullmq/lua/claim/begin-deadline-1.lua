--[[
  Reads by when a job must have begun (Q2).

  KEYS: job
  Reply: ms since 1970; nil where the job has no such limit, or has begun
]]
--- @include "begin-deadline"
local manifest, chunks = fieldsOf(KEYS[1], 'manifest', 'scheduledChunks')
if hasScheduled(manifest, chunks) then return nil end
return (beginDeadline(KEYS[1]))
