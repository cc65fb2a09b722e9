--[[
  Reads fields of many jobs of one lane, whose keys are made from the prefix: they are in the slot of the one that is named.

  KEYS: completed (of the lane; not read)
  ARGV: prefix, number of fields, the fields' names, then the ids of the jobs
  Reply: the values of the fields, job after job; nil where there is none
]]
local prefix, count = ARGV[1], tonumber(ARGV[2])
local FIRST_ID = 3 + count

local names = {}
for i = 1, count do names[i] = ARGV[2 + i] end
local values = {}
for i = FIRST_ID, #ARGV do
  local found = redis.call('HMGET', prefix .. ARGV[i], unpack(names))
  for n = 1, count do values[#values + 1] = found[n] end
end
return values
