--[[
  Reads by when a job must have begun (Q2).

  KEYS: job
  Reply: milliseconds since 1970, or nil where it has no such limit, or has begun and goes on
]]
--- @include "begin-deadline"
if hasScheduled(unpack(redis.call('HMGET', KEYS[1], 'manifest', 'scheduledChunks'))) then return nil end
return (beginDeadline(KEYS[1]))
