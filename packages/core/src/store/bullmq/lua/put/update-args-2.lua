--[[
  Changes the arguments of a job that was never claimed. The first of this and a claim wins.

  KEYS: job, lock
  ARGV: args (JSON, or where it is staged),
        call (the same id again when a call is repeated after a lost reply)
  Reply: 1 they are changed, by this call or an earlier attempt of it; 0 the job was claimed before;
         -1 there is no such job
]]
--- @include "open-pack"
--- @include "staged"
local jobKey, lockKey = KEYS[1], KEYS[2]
local args, call = unpack(ARGV)

openFor(jobKey)
if not hasField(jobKey, 'data') then return -1 end
local updatedBy, claims, finishedOn = fieldsOf(jobKey, 'updated', 'ats', 'finishedOn')
-- The job may have been claimed since the attempt whose reply was lost.
if updatedBy == call then return 1 end
if claims or finishedOn or redis.call('EXISTS', lockKey) == 1 then return 0 end
if areGone(args) then return goneReply() end
local stagedKey = stagedKeyIn(args)
if stagedKey then takeStaged(jobKey, stagedKey)
else redis.call('HSET', jobKey, 'data', args) end
redis.call('HSET', jobKey, 'updated', call)
return 1
