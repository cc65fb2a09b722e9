--[[
  Ends the setting aside of a job: it is tried again, at the head of its lane; or dropped, with all
  that is stored of it, and what waits for it goes on without it.

  KEYS: dead-letters (of the lane), job
  ARGV: jobId, prefix (of its lane), how ('retry' or 'drop')
  Reply: 1; 0 where it is no dead letter
  Events: 'waiting' of the job, or 'removed', and 'waiting' for each job that has nothing left to
    wait for
]]
--- @include "job-keys"
--- @include "remove-callbacks"
--- @include "settle-parent"
--- @include "waits-above"
local deadLettersKey, jobKey = KEYS[1], KEYS[2]

-- The entries of a job in the list of recovery jobs that have not decided; none in any lane but the
-- system lane.
local function undecidedOf(base, id)
  local entries = {}
  for _, entry in ipairs(redis.call('ZRANGE', base .. 'undecided', 0, -1)) do
    if string.find(entry, '["' .. id .. '",', 1, true) == 1 then entries[#entries + 1] = entry end
  end
  return entries
end

local jobId, prefix, how = unpack(ARGV)

if redis.call('HEXISTS', deadLettersKey, jobId) == 0 then return 0 end
pcall(waitsAbove, jobKey)
if how == 'retry' then
  pushToWait(prefix, jobId, 'RPUSH')
  redis.call('HDEL', deadLettersKey, jobId)
  return 1
end

local parentKey, parent, dependents
if redis.call('TYPE', jobKey).ok == 'hash' then
  parentKey, parent, dependents = unpack(redis.call('HMGET', jobKey, 'parentKey', 'parent', 'dependents'))
  -- Of damaged lists nothing is known: what stood in them stays behind.
  pcall(settleExpected, jobKey, redisTime())
  pcall(removeCallbacks, jobKey, redisTime())
end
deleteJobKeys(jobKey)
tell(prefix, 'removed', jobId)
pcall(settleRemoved, parentKey, parent, nil, jobKey, redisTime())
pcall(settleRemoved, nil, nil, dependents, jobKey, redisTime())
redis.call('HDEL', deadLettersKey, jobId)
-- The operator has dropped it for good: the audit does not put it back.
for _, entry in ipairs(undecidedOf(prefix, jobId)) do redis.call('ZREM', prefix .. 'undecided', entry) end
return 1
