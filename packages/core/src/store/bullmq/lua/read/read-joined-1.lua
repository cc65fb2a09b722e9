--[[
  Reads fields of many jobs, given by their names. Their keys are in the Cluster slot of the named
  key.

  KEYS: completed (of the lane; not read)
  ARGV: base (of the lane), prefix, number of fields, the fields' names, then the names of the jobs
  Reply: the values of the fields, job after job; nil for a missing one
]]
--- @include "job-key"
local base, prefix, count = ARGV[1], ARGV[2], tonumber(ARGV[3])
local FIRST_FIELD = 4
local FIRST_JOB = FIRST_FIELD + count

local fields = {}
for i = 1, count do fields[i] = ARGV[FIRST_FIELD + i - 1] end
local values = {}
for i = FIRST_JOB, #ARGV do
  local found = redis.call('HMGET', keyOfName(ARGV[i], base, prefix), unpack(fields))
  for n = 1, count do values[#values + 1] = found[n] end
end
return values
