--[[
  Puts the job of a schedule for one of its times, and lets the schedule stand at a later time, in
  one step (Q10). Of many dispatchers that call it for a time, one does it: for the others the
  schedule does not stand at that time any more.

  KEYS: schedules (name to next time), schedule (its record), job (that is put)
  ARGV: name, version (of the record from which the rest was computed),
        stands (the time at which the schedule stands, in ms since 1970),
        following (the time at which it stands then; 'inf' for none),
        time (for which the job is put; '': no job is put),
        base (of the lane), id, task, args (JSON, or where it is staged), options, dueAt ('0'),
        callbacks (JSON; '' for none),
        ahead (ms by which a test lets the clock of the schedule be ahead; missing for none)
  Reply: 1 done; 0 the schedule stands elsewhere, was set again, or is gone
  Events: 'added', and 'waiting' or 'delayed'
]]
--- @include "new-job"
--- @include "schedule-clock"
--- @include "staged"
local schedulesKey, recordKey, jobKey = KEYS[1], KEYS[2], KEYS[3]
local name, version, stands, following, time = unpack(ARGV, 1, 5)
local base, args, ahead = ARGV[6], ARGV[9], tonumber(ARGV[13] or 0)
local JOB, JOB_FIELDS = 6, 7

if time ~= '' and areGone(args) then return goneReply() end

-- Whether a job that the schedule has put has not completed. A dead letter runs no more, unless a
-- user lets it: it does not hold up the schedule (B1).
local function isUnderWay(key)
  if not key or not isStored(key) or hasField(key, 'finishedOn') then return false end
  local lastBase, lastId = splitJobKey(key)
  return not isDeadLetter(lastBase, lastId)
end

local score = redis.call('ZSCORE', schedulesKey, name)
local stored, overlap, last = fieldsOf(recordKey, 'version', 'overlap', 'last')
if tonumber(score) ~= tonumber(stands) or stored ~= version
  or tonumber(stands) > redisTime() + ahead then return 0 end

if time ~= '' and overlap == 'skip' and isUnderWay(last) then
  redis.call('HINCRBY', recordKey, 'skipped', 1)
elseif time ~= '' then
  if redis.call('EXISTS', jobKey) == 0 then
    newJobWithCallbacks(unpack(ARGV, JOB, JOB + JOB_FIELDS - 1))
    noteBullQueue(base)
  end
  redis.call('HSET', recordKey, 'last', jobKey, 'lastTime', time)
end
redis.call('ZADD', schedulesKey, following, name)
if ahead > 0 then noteAhead(recordKey, following, ahead) end
return 1
