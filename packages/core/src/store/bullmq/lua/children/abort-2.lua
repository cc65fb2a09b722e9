--[[
  Marks a job as aborted, before its children are abandoned: its next claim ends it with this
  failure (I3, I6).

  KEYS: job, lock
  ARGV: holder (the token of the lock, or the owner while the job waits; '' for a job that has
          neither),
        failure (JSON)
  Reply: 1 it is marked; -6 another holder has the job
]]
--- @include "job-state"
local jobKey, lockKey = KEYS[1], KEYS[2]
local holder, failure = unpack(ARGV)

if not isOwnedBy(jobKey, lockKey, holder) then return -6 end
redis.call('HSET', jobKey, 'aborted', failure)
return 1
