--[[
  Reads jobs of a lane with their states in BullMQ. The reply ends early where it becomes long.

  KEYS: wait (of the lane; not read)
  ARGV: base (of the lane), then the ids of the jobs
  Reply: for each of the first jobs { fields, state, annotations }; nil there is no such job
]]
--- @include "job-state"
local base = ARGV[1]
local FIRST = 2
-- In bytes.
local ENOUGH = 500000

local jobs, read = {}, 0
for i = FIRST, #ARGV do
  local job = jobWithState(base, ARGV[i])
  jobs[#jobs + 1] = job or false
  if job then
    local fields, _, annotations = unpack(job)
    for j = 2, #fields, 2 do read = read + #fields[j] end
    for j = 2, #annotations, 2 do read = read + #annotations[j] end
  end
  if read > ENOUGH then break end
end
return jobs
