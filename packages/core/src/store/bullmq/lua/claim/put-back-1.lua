--[[
  Ends a claim, and lets the job run again: at the head of its lane, with a priority before all
  others of that (Q7), or after a time.
  Fenced by the job's holder (I5).

  KEYS: job
  ARGV: jobId, base (of its lane), token, delay (ms; '0' for at once),
        now (ms since 1970, never behind Redis's clock: the delay may not end early),
        freed ('slots': the job gives back the slots of its quotas, and keeps its number where it
          runs again at once (Q4); ''),
        unknown (of an unroutable job: JSON of its need, and why in words, to which the number of
          claims is added, B1; ''),
        closesFor (ms for which the rate limits of the job are closed, Q9; '' for none),
        then, of a retry, fields to set: name, value, name, value …
  Reply: 1 done; -1, -2, -3, -6 refused
  Events: 'waiting' or 'delayed'; 'waiting' for each job that gets a slot of a quota of this one
]]
--- @include "end-claim"
--- @include "open-pack"
--- @include "tries"
local jobKey = KEYS[1]
local jobId, base, token, delay, now, freed, unknown, closesFor = unpack(ARGV, 1, 8)
local FIRST_FIELD = 9

openFor(jobKey)
local refusal, priority = refusalOf(base, jobId, token)
if refusal then return refusal end
if unknown ~= '' then
  redis.call('HINCRBY', jobKey, 'unroutableOffers', 1)
  local noted = cjson.decode(unknown)
  noted.claims = redis.call('HGET', jobKey, 'ats')
  redis.call('HSET', base .. 'unknown', jobId, cjson.encode(noted))
end
if ARGV[FIRST_FIELD] then
  redis.call('HSET', jobKey, unpack(ARGV, FIRST_FIELD))
  if not hasReturned(jobKey) then redis.call('HINCRBY', jobKey, 'atm', 1) end
end
if closesFor ~= '' then
  local _, queueBase = splitBase(base)
  for _, name in ipairs(quotasOf(jobKey)) do
    if rateLimitOf(name) then closeLimit(queueBase, name, tonumber(closesFor)) end
  end
end
endClaim(base, jobId)
putBack(base, jobId, priority, tonumber(delay), tonumber(now))
if freed == 'slots' then freeQuotas(base, jobId, delay == '0') end
return 1
