--[[
  Writes down why a job could not be run. Stands in a MULTI after the transition that offers it again later.

  KEYS: job, unknown
  ARGV: jobId, unknown (JSON: what it needs, and why in words)
  Reply: 1; 0 where it is gone
]]
local jobKey, unknownKey = KEYS[1], KEYS[2]
local jobId, unknown = unpack(ARGV)

if redis.call('EXISTS', jobKey) == 0 then return 0 end
redis.call('HINCRBY', jobKey, 'unknownOffers', 1)
redis.call('HSET', unknownKey, jobId, unknown)
return 1
