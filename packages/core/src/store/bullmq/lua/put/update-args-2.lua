--[[
  Changes the arguments of a job that was never claimed. The first of this and a claim wins.

  KEYS: job, lock
  ARGV: args (JSON)
  Reply: 1 they are changed, by this call or an earlier attempt of it; 0 the job was claimed before;
         -1 there is no such job
]]
--- @include "job-key"
--- @include "open-pack"
local jobKey, lockKey = KEYS[1], KEYS[2]
local args = ARGV[1]

openFor(jobKey)
local data, claims, finishedOn = fieldsOf(jobKey, 'data', 'ats', 'finishedOn')
if not data then return -1 end
-- The job may have been claimed since the attempt whose reply was lost.
if data == args then return 1 end
if claims or finishedOn or redis.call('EXISTS', lockKey) == 1 then return 0 end
redis.call('HSET', jobKey, 'data', args, 'updated', 1)
return 1
