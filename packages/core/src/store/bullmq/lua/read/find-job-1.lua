--[[
  Finds a job in whichever lane of its queue it is.

  KEYS: lanes
  ARGV: base (of the main lane's keys), queueBase (of the other lanes' keys, up to the lane's name),
    systemLane, jobId
  Reply: { fields, state, annotations, lane }, or nil where there is no such job; lane is '' for the
    main one
]]
--- @include "job-state"
local lanesKey = KEYS[1]
local base, queueBase, systemLane, jobId = unpack(ARGV)

local function found(lane, laneBase)
  local job = jobWithState(laneBase, jobId)
  if job then job[4] = lane end
  return job
end

local job = found('', base) or found(systemLane, queueBase .. systemLane .. ':')
if job then return job end
for _, lane in ipairs(redis.call('SMEMBERS', lanesKey)) do
  job = found(lane, queueBase .. lane .. ':')
  if job then return job end
end
return nil
