--[[
  Ends the claim of a job that waits for its dependencies, and stores its owner: the death of the
  owner interrupts it (I2). Where all dependencies have ended already, it runs again. Fenced by the
  token of the run (I5).

  KEYS: job
  ARGV: jobId, base (of its lane), token, owner (`<uuid>:<epoch>`), timestamp,
        lookAgain (ms after which it runs again where all dependencies have ended; '0' for at once)
  Reply: 1 it waits; 0 it runs again; -1, -2, -3, -6 refused
  Events: 'waiting-children'; 'waiting' or 'delayed'
]]
--- @include "end-claim"
--- @include "open-pack"
--- @include "owner"
local jobKey = KEYS[1]
local jobId, base, token, owner, timestamp, lookAgain = unpack(ARGV)

openFor(jobKey)
local refusal, priority = refusalOf(base, jobId, token)
if refusal then return refusal end
endClaim(base, jobId)
if redis.call('SCARD', jobKey .. ':dependencies') == 0 then
  putBack(base, jobId, priority, tonumber(lookAgain), redisTime())
  return 0
end
pushToWaitingChildren(base, jobId, timestamp, WAITS_FOR_JOBS, 'prev', 'active')
own(base, jobId, owner)
noteStart(jobKey)
return 1
