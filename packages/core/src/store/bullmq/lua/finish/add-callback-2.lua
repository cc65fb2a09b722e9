--[[
  Adds a callback to a job, whoever holds it and wherever it is (J7). It runs when the job has its
  result; where the job has completed, at once. Where a dispatcher holds the job, it is made to
  look: see `begin-callbacks`.

  KEYS: job, lock
  ARGV: callbacks (JSON, of one), origins (JSON of the keys of the jobs that may store the job
        still, nearest first), token ('' for anybody; else that of the job's own run, which must
        hold it: I5)
  Reply: 1 added; 2 it runs; -1 there is no such job, and none will come; -6 somebody else holds the
         job; -7 the callback is stored already, for another job or for none; -13 another holder has
         put the job elsewhere
  Events: 'waiting' or 'delayed' of the callback, where it runs
]]
--- @include "comes-from"
--- @include "defer-callbacks"
--- @include "release-callback"
--- @include "dependents"
local jobKey, lockKey = KEYS[1], KEYS[2]
local callbacks, origins, token = cjson.decode(ARGV[1]), cjson.decode(ARGV[2]), ARGV[3]

local name, finishedOn, value, reason, failure =
  unpack(redis.call('HMGET', jobKey, 'name', 'finishedOn', 'returnvalue', 'failedReason', 'failure'))
if not name and putElsewhere(jobKey) then return -13 end
local chain = not name and comesFrom(jobKey, origins)
if not name and not chain then return -1 end
local callbackKey = callbacks[1].base .. callbacks[1].id
local isStored, owner = unpack(redis.call('HMGET', callbackKey, 'name', 'callbackOf'))
if not isStored and callbacks[1].isShared and putElsewhere(callbackKey) then return -7 end
if isStored then
  -- A call whose reply was lost is repeated.
  if owner ~= jobKey then return -7 end
  return finishedOn and 2 or 1
end

if token ~= '' and redis.call('GET', lockKey) ~= token then return -6 end
if not finishedOn then
  deferCallbacks(jobKey, callbacks, redisTime())
  -- Where its origin ends without storing it, they are removed with it.
  if chain then expectFrom(jobKey, chain) end
  -- BullMQ refuses to finish or to suspend a job that has anything in this set: the holder reads
  -- the job again.
  if redis.call('EXISTS', lockKey) == 1 then redis.call('ZADD', jobKey .. ':unsuccessful', 0, 'callbacks') end
  return 1
end
holdCallback(jobKey, callbacks[1], redisTime())
listCallbacks(jobKey, 'ranCallbacks', { callbackKey })
local given
if not reason then given = 'v' .. (value or 'null')
else given = 'f' .. (failure or cjson.encode({ name = 'Error', message = reason })) end
releaseCallback(callbackKey, given, true, redisTime())
return 2
