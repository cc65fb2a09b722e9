--[[
  Pauses, resumes or removes a schedule (Q10). Jobs that it has put stay as they are.

  KEYS: schedules (name to next time), schedule (its record), systemMarker
  ARGV: name, step ('pause', 'resume' or 'remove'),
        version (to 'resume': of the record from which `next` was computed),
        next (to 'resume': its next time in ms since 1970; 'inf' for none)
  Reply: 1 done; 0 there is no such schedule; 2 it was set again meanwhile: nothing is changed
]]
--- @include "job-key"
--- @include "schedule-record"
local schedulesKey, recordKey, markerKey = KEYS[1], KEYS[2], KEYS[3]
local name, step, version, following = unpack(ARGV)

if not redis.call('ZSCORE', schedulesKey, name) then return 0 end
if step == 'remove' then
  redis.call('ZREM', schedulesKey, name)
  redis.call('DEL', recordKey)
elseif step == 'pause' then
  redis.call('HSET', recordKey, 'paused', 1)
  standAt(schedulesKey, name, 'inf', markerKey)
else
  local paused, stored = fieldsOf(recordKey, 'paused', 'version')
  if not paused then return 1 end
  if stored ~= version then return 2 end
  redis.call('HDEL', recordKey, 'paused')
  standAt(schedulesKey, name, following, markerKey)
end
return 1
