--[[
  Lets a completed and failed job run again, at the tail of its lane (O3). Its failed children are
  made new again when it schedules them.

  KEYS: job
  ARGV: jobId, base (of its lane), call (the same id again when a call is repeated after a lost
        reply)
  Reply: 1 it runs again, by this call or an earlier attempt of it; 0 it has not completed; 2 it has
         no failure; 3 its composite, or the job whose callback it is, has not completed; -1 there
         is no such job
  Events: 'waiting'
]]
--- @include "new-job"
--- @include "open-pack"
--- @include "parents"
local jobKey = KEYS[1]
local jobId, base, call = unpack(ARGV)

openFor(jobKey)
local name, finishedOn, reason, parentKey, partOf, callbackOf, retriedBy = fieldsOf(jobKey, 'name',
  'finishedOn', 'failedReason', 'parentKey', 'partOf', 'callbackOf', 'retriedBy')
if not name then return -1 end
if retriedBy == call then return 1 end
if not finishedOn then return 0 end
if not reason then return 2 end

local joiningKey, outerKey = joiningJob(jobKey)
if isUnfinished(parentKey) or isUnfinished(outerKey) or isUnfinished(joiningKey)
  or isUnfinished(partOf) or isUnfinished(callbackOf) then return 3 end
makeNewAgain(jobKey, redisTime())
redis.call('HSET', jobKey, 'retriedBy', call)
pushToTail(base, jobId, 'failed')
return 1
