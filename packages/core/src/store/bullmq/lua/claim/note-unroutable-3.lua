--[[
  Writes down why a job could not be run. Stands in a MULTI before the transition that offers it
  again later, and holds when that does: where the claim is lost, neither is done (I5).

  KEYS: job, lock, unknown
  ARGV: token, jobId, unknown (JSON: what it needs, and why in words; the number of claims is
    written to it)
  Reply: 1; -6 where somebody else holds the job, or nobody; -1 where there is no such job
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
