--[[
  Adds a callback to a job, whoever holds it and in whichever list it is (J7). The callback runs
  with the job's result: at once, where the job has completed; else when its end is stored.

  KEYS: job, lock
  ARGV: callbacks (JSON, of one),
        origins (JSON of the keys of the jobs that may still store the job, nearest first),
        token (of the job's own run, which must hold the job: I5; '' for any other caller)
  Reply: 1 it is added; 2 it runs; -1 there is no such job, and none will come; -6 another holder
         has the job; -7 the callback is stored already, for another job or for none; -13 another
         holder of the new job has put it elsewhere
  Events: 'waiting' or 'delayed' of the callback, where it runs
]]
--- @include "callbacks"
--- @include "dependents"
--- @include "open-pack"
local jobKey, lockKey = KEYS[1], KEYS[2]
local callbacks, origins, token = cjson.decode(ARGV[1]), cjson.decode(ARGV[2]), ARGV[3]

openFor(jobKey)
local name, finishedOn, value, reason, failure, options =
  fieldsOf(jobKey, 'name', 'finishedOn', 'returnvalue', 'failedReason', 'failure', 'opts')
if not name and putElsewhere(jobKey) then return -13 end
local chain = not name and comesFrom(jobKey, origins)
if not name and not chain then return -1 end
local callbackKey = callbacks[1].base .. callbacks[1].id
local callbackName, owner = fieldsOf(callbackKey, 'name', 'callbackOf')
if not callbackName and callbacks[1].isShared and putElsewhere(callbackKey) then return -7 end
if callbackName then
  -- A call is repeated after a lost reply.
  if owner ~= jobKey then return -7 end
  return finishedOn and 2 or 1
end

if token ~= '' and redis.call('GET', lockKey) ~= token then return -6 end
if not finishedOn then
  deferCallbacks(jobKey, callbacks, redisTime())
  -- The end of an origin that has not stored the job removes the callback too.
  if chain then expectFrom(jobKey, chain) end
  return 1
end
deferCallback(jobKey, callbacks[1], redisTime())
listCallbacks(jobKey, 'ranCallbacks', { callbackKey })
local given
if not reason then given = 'v' .. (value or 'null')
else given = 'f' .. (failure or cjson.encode({ name = 'Error', message = reason })) end
releaseCallback(callbackKey, given, true, redisTime(), options)
return 2
