--[[
  Reads a job with the state in which BullMQ has it.

  KEYS: job
  ARGV: base (of its lane's keys), jobId
  Reply: { fields, state, annotations }, or nil where there is no such job
]]
--- @include "job-state"
return jobWithState(ARGV[1], ARGV[2])
