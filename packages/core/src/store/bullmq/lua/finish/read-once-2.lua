--[[
  Reads what a job has done once (O5), for the run that holds it: nobody else is to act on the
  answer (I5).

  KEYS: job, lock
  ARGV: token, key
  Reply: the value (JSON), nil where there is none; -6 where somebody else holds the job
]]
local jobKey, lockKey = KEYS[1], KEYS[2]
local token, key = ARGV[1], ARGV[2]

if redis.call('GET', lockKey) ~= token then return -6 end
return redis.call('HGET', jobKey .. ':once', key)
