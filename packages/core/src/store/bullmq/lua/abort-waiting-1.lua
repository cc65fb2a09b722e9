--[[
  Marks a job that waits for other jobs as aborted: when it is woken, it ends with this failure (I3).

  KEYS: job
  ARGV: expectedOwner, failure (JSON)
  Reply: 1, or -6 where somebody else holds the job
]]
local jobKey = KEYS[1]
local expectedOwner, failure = unpack(ARGV)

if redis.call('HGET', jobKey, 'waitingOwner') ~= expectedOwner then return -6 end
redis.call('HSET', jobKey, 'aborted', failure)
return 1
