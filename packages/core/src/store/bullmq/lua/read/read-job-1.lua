--[[
  Reads a job with its state in BullMQ.

  KEYS: job
  ARGV: base (of its lane), jobId
  Reply: { fields, state, annotations }; nil there is no such job
]]
--- @include "job-state"
return jobWithState(ARGV[1], ARGV[2])
