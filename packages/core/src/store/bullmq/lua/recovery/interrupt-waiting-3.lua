--[[
  Interrupts a job that waits for its children: it has no lock, and its owner is in its hash (I2).

  KEYS: job, waitingChildren, owned (the set of the ended activation's dispatcher)
  ARGV: member (of owned), uuid (of that dispatcher), maxEpoch (the latest one that has ended),
        jobId, reference (JSON, of the job), systemBase, task, options, timestamp
  Reply: the id of the handleInterrupt job, which is the owner now; nil the job does not wait, or
         has another owner
  Events: 'waiting' in the system lane
]]
--- @include "system-job"
local jobKey, waitingChildrenKey, ownedKey = KEYS[1], KEYS[2], KEYS[3]
local member, uuid, maxEpoch, jobId, reference, systemBase, task, options, timestamp = unpack(ARGV)

-- Whose activation it is: 'former', one that has ended; 'later', of the same dispatcher, which has
-- the same set; else 'other'.
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
  -- Under a claim of the former activation it may be about to wait, and stays in the set. Any other
  -- holder becomes the owner itself when the job waits again.
  if whose(redis.call('GET', jobKey .. ':lock')) ~= 'former' then
    redis.call('ZREM', ownedKey, member)
  end
  return nil
end
redis.call('ZREM', ownedKey, member)
local id = interruptJob(jobKey, jobId, reference, systemBase, task, options, timestamp)
redis.call('HSET', jobKey, 'waitingOwner', id)
return id
