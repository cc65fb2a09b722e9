--[[
  Reads fields of many jobs, whose keys are made from their names: they are in the slot of the one
  that is named.

  KEYS: completed (of the lane at hand; not read)
  ARGV: base (of its keys), prefix (of all keys), number of fields, the fields' names, then the
    names of the jobs
  Reply: the values of the fields, job after job; nil where there is none
]]
--- @include "named-job"
local base, prefix, count = ARGV[1], ARGV[2], tonumber(ARGV[3])
local FIRST_FIELD = 4
local FIRST_JOB = FIRST_FIELD + count

local fields = {}
for i = 1, count do fields[i] = ARGV[FIRST_FIELD + i - 1] end
local values = {}
for i = FIRST_JOB, #ARGV do
  local jobBase, id = placeOf(ARGV[i], base, prefix)
  local found = redis.call('HMGET', jobBase .. id, unpack(fields))
  for n = 1, count do values[#values + 1] = found[n] end
end
return values
