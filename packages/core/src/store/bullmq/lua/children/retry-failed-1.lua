--[[
  Lets a job run again that has completed and failed: at the tail of its lane (O3). What failed
  below it is made new again when it is scheduled.

  KEYS: job
  ARGV: jobId, prefix (of its lane), call (who asks: the same again when a reply was lost)
  Reply: 1, also where this call let it run before; 0 it has not completed; 2 it has no failure; 3 a
         job that waits for it, or whose callback it is, has not completed; -1 there is no such job
  Events: 'waiting'
]]
--- @include "joining-job"
--- @include "new-again"
--- @include "queue-lists"
local jobKey = KEYS[1]
local jobId, prefix, call = unpack(ARGV)

local name, finishedOn, reason, parentKey, partOf, callbackOf, retriedBy =
  unpack(redis.call('HMGET', jobKey, 'name', 'finishedOn', 'failedReason', 'parentKey', 'partOf', 'callbackOf', 'retriedBy'))
if not name then return -1 end
if retriedBy == call then return 1 end
if not finishedOn then return 0 end
if not reason then return 2 end

local function isUnderWay(key)
  if not key then return false end
  local found, ended = unpack(redis.call('HMGET', key, 'name', 'finishedOn'))
  return found and not ended
end

local joiningKey, outerKey = joiningJob(jobKey)
if isUnderWay(parentKey) or isUnderWay(outerKey) or isUnderWay(joiningKey) or isUnderWay(partOf) or isUnderWay(callbackOf) then return 3 end
makeNewAgain(jobKey, redisTime())
redis.call('HSET', jobKey, 'retriedBy', call)
pushToWait(prefix, jobId, 'LPUSH', 'failed')
return 1
