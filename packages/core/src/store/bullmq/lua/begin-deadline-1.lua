--[[
  Reads by when a job must have begun (Q2).

  KEYS: job
  Reply: milliseconds since 1970, or nil where it has no such limit
]]
--- @include "begin-deadline"
return (beginDeadline(KEYS[1]))
