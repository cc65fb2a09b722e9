--[[
  Adds jobs to those that a job is going to wait for, before it starts (C4). They are stored with
  it, and scheduled with the others.

  KEYS: job, lock
  ARGV: then for each job: id, what is stored of it (JSON)
  Reply: 1, also where an earlier attempt has appended them; 0 where it has started, is cancelled or
    has ended; -1 where there is no such job
]]
local jobKey, lockKey = KEYS[1], KEYS[2]

if redis.call('HEXISTS', jobKey, 'name') == 0 then return -1 end
local isNew = #ARGV == 0
for i = 1, #ARGV, 2 do isNew = isNew or redis.call('HEXISTS', jobKey, 'appended:' .. ARGV[i]) == 0 end
-- What an attempt whose reply was lost has appended is appended, also where the job has started
-- since.
if not isNew then return 1 end
local finished, manifest, result, cancelled =
  unpack(redis.call('HMGET', jobKey, 'finishedOn', 'manifest', 'result', 'cancelled'))
if finished or manifest or result or cancelled or redis.call('EXISTS', lockKey) == 1 then return 0 end
for i = 1, #ARGV, 2 do
  local field = 'appended:' .. ARGV[i]
  if redis.call('HEXISTS', jobKey, field) == 0 then
    redis.call('HSET', jobKey, field, redis.call('HINCRBY', jobKey, 'appended', 1) .. ' ' .. ARGV[i + 1])
  end
end
return 1
