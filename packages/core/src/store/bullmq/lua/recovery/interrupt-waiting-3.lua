--[[
  Interrupts a job that waits for other jobs: it has no lock, its owner stands in its hash (I2).

  KEYS: job, waitingChildren, owned
  ARGV: member (of owned), uuid (whose set it is), maxEpoch, jobId, reference, systemPrefix, task,
    options, timestamp
  Reply: the id of the handleInterrupt job, which is its owner now; nil where it no longer waits, or
    not for that owner
  Events: 'waiting' in the system lane
]]
--- @include "interrupt-job"
local jobKey, waitingChildrenKey, ownedKey = KEYS[1], KEYS[2], KEYS[3]
local member, uuid, maxEpoch, jobId, reference, systemPrefix, task, options, timestamp = unpack(ARGV)

-- 'former': one of the activations that have ended. 'later': one of the same dispatcher, whose set
-- this is as well. Else somebody else.
local function whose(activation)
  local owner, epoch = string.match(activation or '', '^([^:]+):(%d+)')
  if owner ~= uuid then return 'other' end
  return tonumber(epoch) > tonumber(maxEpoch) and 'later' or 'former'
end

local owner = whose(redis.call('HGET', jobKey, 'waitingOwner'))
if owner == 'later' then return nil end
if owner == 'other' then
  redis.call('ZREM', ownedKey, member)
  return nil
end
if not redis.call('ZSCORE', waitingChildrenKey, jobId) then
  -- While the one that has ended holds its claim it may be about to wait. Whoever else claims it
  -- owns it anew when it waits again.
  if whose(redis.call('GET', jobKey .. ':lock')) ~= 'former' then redis.call('ZREM', ownedKey, member) end
  return nil
end
redis.call('ZREM', ownedKey, member)
local id = interruptJob(jobKey, jobId, reference, systemPrefix, task, options, timestamp)
redis.call('HSET', jobKey, 'waitingOwner', id)
return id
