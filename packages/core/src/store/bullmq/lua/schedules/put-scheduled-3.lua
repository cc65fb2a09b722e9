--[[
  Puts the job of a schedule for one of its times, and lets the schedule stand at a later time, in
  one step (Q10). Of many dispatchers that call it for a time, one does it: for the others the
  schedule does not stand at that time any more.

  KEYS: schedules (name to next time), schedule (its record), job (that is put)
  ARGV: name, version (of the record from which the rest was computed),
        stands (the time at which the schedule stands, in ms since 1970),
        following (the time at which it stands then; 'inf' for none),
        time (for which the job is put; '': no job is put),
        base (of the lane), id, task, args (JSON, or where it is staged), options,
        callbacks (JSON; '' for none)
  Reply: 1 done; 0 the schedule stands elsewhere, was set again, or is gone
  Events: 'added', and 'waiting' or 'delayed'
]]
--- @include "callbacks"
--- @include "new-job"
--- @include "staged"
local schedulesKey, recordKey, jobKey = KEYS[1], KEYS[2], KEYS[3]
local name, version, stands, following, time = unpack(ARGV, 1, 5)
local base, id, task, args, options, callbacks = unpack(ARGV, 6, 11)

if time ~= '' and areGone(args) then return goneReply() end

-- Whether a job that the schedule has put has not completed. A dead letter runs no more, unless a
-- user lets it: it does not hold up the schedule (B1).
local function isUnderWay(key)
  if not key or not isStored(key) or hasField(key, 'finishedOn') then return false end
  local lastBase, lastId = splitJobKey(key)
  return redis.call('HEXISTS', lastBase .. 'dead-letters', lastId) == 0
end

local score = redis.call('ZSCORE', schedulesKey, name)
local stored, overlap, last = fieldsOf(recordKey, 'version', 'overlap', 'last')
if tonumber(score) ~= tonumber(stands) or stored ~= version
  or tonumber(stands) > redisTime() then return 0 end

if time ~= '' and overlap == 'skip' and isUnderWay(last) then
  redis.call('HINCRBY', recordKey, 'skipped', 1)
elseif time ~= '' then
  if redis.call('EXISTS', jobKey) == 0 then
    newJob(base, id, task, args, options, '0')
    if callbacks ~= '' then deferCallbacks(jobKey, cjson.decode(callbacks), redisTime()) end
    -- BullMQ's own scripts leave these keys, by which tools find queues.
    redis.call('INCR', base .. 'id')
    redis.call('HSETNX', base .. 'meta', 'opts.maxLenEvents', 10000)
  end
  redis.call('HSET', recordKey, 'last', jobKey, 'lastTime', time)
end
redis.call('ZADD', schedulesKey, following, name)
return 1
