--[[
  Changes the arguments of a job that was never claimed. Whoever comes first, this or a claim, wins.

  KEYS: job, lock
  ARGV: args (JSON)
  Reply: 1 changed; 0 it was claimed before; -1 there is no such job
]]
local jobKey, lockKey = KEYS[1], KEYS[2]
local args = ARGV[1]

local data, claims, finishedOn = unpack(redis.call('HMGET', jobKey, 'data', 'ats', 'finishedOn'))
if not data then return -1 end
-- What an attempt whose reply was lost has changed is changed, also where the job was claimed
-- since.
if data == args then return 1 end
if claims or finishedOn or redis.call('EXISTS', lockKey) == 1 then return 0 end
redis.call('HSET', jobKey, 'data', args)
return 1
