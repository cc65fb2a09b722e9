--[[
  Claims a job that other processes could not run, wherever it waits: this one knows what they did
  not (B1).

  KEYS: unknown, job
  ARGV: jobId, prefix (of its lane), token, owner, lockDuration, now, claims (with which it was
    written down)
  Reply: its fields; nil where it does not wait for its next offer any more, or where its lane is
    paused or full
  Events: 'active'
]]
--- @include "claim-job"
--- @include "take-pending"
local unknownKey, jobKey = KEYS[1], KEYS[2]
local jobId, prefix, token, owner, lockDuration, now, claims = unpack(ARGV)

local paused, concurrency = unpack(redis.call('HMGET', prefix .. 'meta', 'paused', 'concurrency'))
if paused or concurrency and redis.call('LLEN', prefix .. 'active') >= tonumber(concurrency) then return nil end
redis.call('HDEL', unknownKey, jobId)
-- It was claimed since, and what it waits for now is something else.
if redis.call('HGET', jobKey, 'ats') ~= claims or redis.call('HEXISTS', prefix .. 'dead-letters', jobId) == 1 then return nil end
if redis.call('EXISTS', jobKey .. ':lock') == 1 or not takePending(prefix, jobId) then return nil end
return claimJob(prefix, jobId, token, owner, lockDuration, now)
