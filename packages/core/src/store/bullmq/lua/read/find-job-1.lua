--[[
  Finds a job in whichever lane of its queue it is.

  KEYS: lanes
  ARGV: base (of the main lane), lanesBase (begins the keys of the other lanes, up to the lane's
        name), systemLane, jobId
  Reply: { fields, state, annotations, lane }, lane being '' for the main one; nil there is no such
         job
]]
--- @include "job-state"
local lanesKey = KEYS[1]
local base, lanesBase, systemLane, jobId = unpack(ARGV)

local function find(lane, laneBase)
  local job = jobWithState(laneBase, jobId)
  if job then job[4] = lane end
  return job
end

local job = find('', base) or find(systemLane, lanesBase .. systemLane .. ':')
if job then return job end
for _, lane in ipairs(redis.call('SMEMBERS', lanesKey)) do
  job = find(lane, lanesBase .. lane .. ':')
  if job then return job end
end
return nil
