--[[
  Reads fields of the records of many dispatchers, whose keys are in the Cluster slot of the named
  key. The reply ends early where it becomes long.

  KEYS: deadlines (not read)
  ARGV: the number of fields, their names, then the keys of the records
  Reply: for each of the first records the values of its fields, nil for a missing one; nil there is
         something else in its place
]]
local count = tonumber(ARGV[1])
local FIRST_RECORD = count + 2
-- In bytes.
local ENOUGH = 500000

local records, read = {}, 0
for i = FIRST_RECORD, #ARGV do
  local values = redis.pcall('HMGET', ARGV[i], unpack(ARGV, 2, count + 1))
  if values.err and not string.find(values.err, 'WRONGTYPE', 1, true) then return values end
  records[#records + 1] = not values.err and values
  for j = 1, count do read = read + #(values[j] or '') end
  if read > ENOUGH then break end
end
return records
