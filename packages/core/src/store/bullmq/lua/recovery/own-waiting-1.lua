--[[
  Makes an activation the owner of an interrupted job that goes on waiting: the owner's death
  interrupts it again (I2). Fenced by the interrupt, which is the owner until then.

  KEYS: job
  ARGV: jobId, base (of its lane), interruptId, owner (`<uuid>:<epoch>`),
        policyData (JSON; '' to leave it),
        resumeAfter (a time before which the job does not go on; '' to leave it)
  Reply: 1 it is stored; -6 the job has another owner, or its interrupt has begun to abort it
]]
--- @include "owner"
local jobKey = KEYS[1]
local jobId, base, interruptId, owner, policyData, resumeAfter = unpack(ARGV)

local waitingOwner, verdict, result = fieldsOf(jobKey, 'waitingOwner', 'verdict', 'result')
if waitingOwner ~= interruptId then return -6 end
-- Of two runs of its interrupt one has decided to abort it, and abandons its children. A job with a
-- result is not aborted any more: it waits for its callbacks.
if verdict and not result then return -6 end
own(base, jobId, owner)
if policyData ~= '' then redis.call('HSET', jobKey, 'policyData', policyData) end
if resumeAfter ~= '' then redis.call('HSET', jobKey, 'resumeAfter', resumeAfter) end
return 1
