--[[
  Writes down why a job could not be run. Stands in a MULTI after the transition that offers it again later.

  KEYS: job, unknown
  ARGV: jobId, unknown (JSON: what it needs, and why in words)
  Reply: 1; 0 where it is gone, or does not stand where that transition leaves it: it was refused (I5)
]]
local jobKey, unknownKey = KEYS[1], KEYS[2]
local jobId, unknown = unpack(ARGV)

local delayedKey = string.sub(jobKey, 1, -#jobId - 1) .. 'delayed'
if redis.call('EXISTS', jobKey .. ':lock') == 1 or not redis.call('ZSCORE', delayedKey, jobId) then return 0 end
redis.call('HINCRBY', jobKey, 'unknownOffers', 1)
redis.call('HSET', unknownKey, jobId, unknown)
return 1
