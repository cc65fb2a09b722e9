--[[
  Notes why a job could not be run here. Runs in a MULTI before the transition that offers the job
  again later. Where the claim is lost, both are refused (I5).

  KEYS: job, lock, unknown
  ARGV: token, jobId,
        unknown (JSON: what it needs, and why in words; the number of claims is added)
  Reply: 1 it is noted; -6 another holder has the job, or none; -1 there is no such job
]]
local jobKey, lockKey, unknownKey = KEYS[1], KEYS[2], KEYS[3]
local token, jobId, unknown = unpack(ARGV)

if redis.call('EXISTS', jobKey) == 0 then return -1 end
if redis.call('GET', lockKey) ~= token then return -6 end
redis.call('HINCRBY', jobKey, 'unroutableOffers', 1)
local noted = cjson.decode(unknown)
noted.claims = redis.call('HGET', jobKey, 'ats')
redis.call('HSET', unknownKey, jobId, cjson.encode(noted))
return 1
