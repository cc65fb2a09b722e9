--[[
  Claims a job that other processes could not run, wherever it waits: this one knows what they did not (B1).

  KEYS: unknown, job
  ARGV: jobId, prefix (of its lane), token, owner, lockDuration, now
  Reply: its fields; nil where it is pending no more
  Events: 'active'
]]
--- @include "claim-job"
--- @include "take-pending"
local unknownKey, jobKey = KEYS[1], KEYS[2]
local jobId, prefix, token, owner, lockDuration, now = unpack(ARGV)

redis.call('HDEL', unknownKey, jobId)
if redis.call('EXISTS', jobKey .. ':lock') == 1 or not takePending(prefix, jobId) then return nil end
return claimJob(prefix, jobId, token, owner, lockDuration, now)
