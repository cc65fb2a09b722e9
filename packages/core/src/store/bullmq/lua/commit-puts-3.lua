--[[
  Puts the jobs that a run has put, in one MULTI with what commits the run: all of them, or none (J6). Fenced by the run's token (I5).
  With a finish it stands before it, and checks what the finish will check. With a schedule it stands after the last chunk.

  KEYS: job (whose run it is), lock, active
  ARGV: token, heldUnder (the token that the lock is left with, for the finish; '' with a schedule), chunks (of the schedule; '' else),
        timestamp, then for each job: prefix (of its lane), id, task, args, options, dueAt ('0': now)
  Reply: the number of jobs put; with a finish -1, -2, -3, -4, -6, -9: the finish would be refused so
  Events: 'added', and 'waiting' or 'delayed', for each job
]]
--- @include "job-key"
--- @include "new-job"
local jobKey, lockKey, activeKey = KEYS[1], KEYS[2], KEYS[3]
local token, heldUnder, chunks, timestamp = unpack(ARGV, 1, 4)
local FIRST, FIELDS = 5, 6

local holder = redis.call('GET', lockKey)
if heldUnder ~= '' then
  -- They were put, and the finish failed: it is repeated.
  if holder == heldUnder then return 0 end
  if redis.call('EXISTS', jobKey) == 0 then return -1 end
  if not holder then return -2 end
  if holder ~= token then return -6 end
  if redis.call('SCARD', jobKey .. ':dependencies') ~= 0 then return -4 end
  if redis.call('ZCARD', jobKey .. ':unsuccessful') ~= 0 then return -9 end
  local _, jobId = splitJobKey(jobKey)
  if not redis.call('LPOS', activeKey, jobId, 'RANK', -1) then return -3 end
else
  if holder ~= token then return -6 end
  local scheduledChunks, putBy = unpack(redis.call('HMGET', jobKey, 'scheduledChunks', 'putBy'))
  -- The schedule was refused; or it is repeated after a lost reply.
  if scheduledChunks ~= chunks or putBy == token then return 0 end
  redis.call('HSET', jobKey, 'putBy', token)
end

for i = FIRST, #ARGV, FIELDS do
  local key = ARGV[i] .. ARGV[i + 1]
  if redis.call('EXISTS', key) == 0 then
    newJob(timestamp, unpack(ARGV, i, i + FIELDS - 1))
  elseif redis.call('HEXISTS', key, 'parentKey') == 1 then
    -- The run waits for a job that it has put, and which its schedule has created: it is a job of its own all the same.
    redis.call('HSET', key, 'linked', 1)
  end
end
if heldUnder ~= '' then redis.call('SET', lockKey, heldUnder, 'KEEPTTL') end
return (#ARGV - FIRST + 1) / FIELDS
