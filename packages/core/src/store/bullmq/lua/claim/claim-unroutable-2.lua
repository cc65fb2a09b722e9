--[[
  Claims a job that other processes could not run, wherever it waits: this process can run it (B1).

  KEYS: unknown, job
  ARGV: jobId, base (of its lane), token, owner, lockDuration, now,
        claims (the number of claims with which it was noted)
  Reply: its fields; nil where it does not wait for its next offer any more, or where its lane is
         paused or full
  Events: 'active'
]]
--- @include "take-job"
local unknownKey, jobKey = KEYS[1], KEYS[2]
local jobId, base, token, owner, lockDuration, now, claims = unpack(ARGV)

if isPausedOrFull(base) then return nil end
redis.call('HDEL', unknownKey, jobId)
-- After another claim the job may wait for something else.
if redis.call('HGET', jobKey, 'ats') ~= claims then return nil end
if redis.call('HEXISTS', base .. 'dead-letters', jobId) == 1 then return nil end
if isHeld(jobKey) or not takePending(base, jobId) then return nil end
return claimJob(base, jobId, token, owner, lockDuration, now)
