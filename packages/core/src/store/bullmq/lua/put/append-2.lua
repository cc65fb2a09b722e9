--[[
  Appends jobs to those that a composite will wait for, before it starts (C4). They are stored in
  its hash, and scheduled after its own parts.

  KEYS: job (the composite), lock
  ARGV: for each job: id, what is stored of it (JSON)
  Reply: 1 they are appended, by this call or an earlier attempt of it; 0 the composite has started,
         is cancelled or has ended; -1 there is no such job
]]
--- @include "verdict"
local jobKey, lockKey = KEYS[1], KEYS[2]

if not isStored(jobKey) then return -1 end
local isNew = #ARGV == 0
for i = 1, #ARGV, 2 do
  isNew = isNew or redis.call('HEXISTS', jobKey, 'appended:' .. ARGV[i]) == 0
end
-- The composite may have started since the attempt whose reply was lost.
if not isNew then return 1 end
local finished, chunks, result = fieldsOf(jobKey, 'finishedOn', 'scheduledChunks', 'result')
local hasStarted = chunks or redis.call('EXISTS', lockKey) == 1
if finished or result or isCancelled(jobKey) or hasStarted then return 0 end
for i = 1, #ARGV, 2 do
  local field = 'appended:' .. ARGV[i]
  if redis.call('HEXISTS', jobKey, field) == 0 then
    local n = redis.call('HINCRBY', jobKey, 'appended', 1)
    redis.call('HSET', jobKey, field, n .. ' ' .. ARGV[i + 1])
  end
end
return 1
