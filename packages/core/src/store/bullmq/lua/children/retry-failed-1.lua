--[[
  Lets a completed and failed job run again, at the tail of its lane (O3). Its failed children are
  made new again when it schedules them.

  KEYS: job
  ARGV: jobId, base (of its lane), call (the same id again when a call is repeated after a lost
        reply)
  Reply: 1 it runs again, by this call or an earlier attempt of it; 0 it has not completed; 2 it has
         no failure; 3 its composite, or the job whose callback it is, has not completed; 4 another
         job has its key (Q8); -1 there is no such job
  Events: 'waiting'
]]
--- @include "keyed-put"
--- @include "new-job"
--- @include "open-pack"
--- @include "parents"
local jobKey = KEYS[1]
local jobId, base, call = unpack(ARGV)

openFor(jobKey)
local name, finishedOn, reason, parentKey, partOf, callbackOf, retriedBy, options = fieldsOf(jobKey,
  'name', 'finishedOn', 'failedReason', 'parentKey', 'partOf', 'callbackOf', 'retriedBy', 'opts')
if not name then return -1 end
if retriedBy == call then return 1 end
if not finishedOn then return 0 end
if not reason then return 2 end

local joiningKey, outerKey = joiningJob(jobKey)
if isUnfinished(parentKey) or isUnfinished(outerKey) or isUnfinished(joiningKey)
  or isUnfinished(partOf) or isUnfinished(callbackOf) then return 3 end
-- A key for some time was taken with the put.
local keyed = keyedOptions(options)
if keyed and type(keyed['until']) == 'number' then keyed = nil end
if keyed and answerToPut(jobKey, name, keyed) ~= 'take' then return 4 end
makeNewAgain(jobKey, redisTime())
if keyed then giveKey(jobKey, keyed) end
redis.call('HSET', jobKey, 'retriedBy', call)
pushToTail(base, jobId, 'failed')
return 1
