-- Settles the join of a job that waits for others without BullMQ's finish doing so: for one that
-- was removed, and nothing hangs (C2); and for one that waits for a job which stands below another
-- one (J5).
--- @include "queue-lists"
--- @include "job-key"
--- @include "keys-in"
--- @include "stop-joining"

-- ending: the list of the waiting job in which the one that it waited for is kept, 'processed' or
-- 'failed'; value: what of it.
local function settleAbove(parentKey, jobKey, ending, value, now)
  if redis.call('SREM', parentKey .. ':dependencies', jobKey) == 0 then return end
  redis.call('HSET', parentKey .. ':' .. ending, jobKey, value)
  if redis.call('SCARD', parentKey .. ':dependencies') > 0 then return end
  -- While it is about to wait it sees for itself that nothing is left below it.
  local prefix, id = splitJobKey(parentKey)
  if redis.call('ZREM', prefix .. 'waiting-children', id) == 0 then return end
  redis.call('HSET', parentKey, 'turnAt', now)
  pushToWait(prefix, id, 'RPUSH', 'waiting-children')
end

-- The failure, as JSON, of a job that was removed, for those that wait for it.
local function removedFailure(jobKey)
  local _, id = splitJobKey(jobKey)
  local message = 'job ' .. id .. ' was removed before it had completed'
  return cjson.encode({ name = 'RemovedError', message = message, code = 'DROVER_REMOVED' })
end

-- Settles one job that waits for a removed one. Where a failure stops it (C2), nothing below it is
-- released. `outerKey`: of the job that all others are below.
local function settleOneAbove(parentKey, outerKey, jobKey, now)
  if stopAbove(outerKey, removedFailure(jobKey)) then redis.call('SREM', parentKey .. ':dependencies', jobKey)
  else settleAbove(parentKey, jobKey, 'failed', 'removed', now) end
end

-- The key of the job that all others are below: in a row it stands in what BullMQ keeps of the
-- parent.
local function outerAbove(parentKey, parent)
  -- Of a damaged one nothing is known (B1).
  local isJson, kept = pcall(cjson.decode, parent or '{}')
  return isJson and type(kept) == 'table' and type(kept.of) == 'string' and kept.of or parentKey
end

-- Settles all that wait for a removed job. parent: JSON, what BullMQ kept of the job above it.
local function settleRemoved(parentKey, parent, dependents, jobKey, now)
  if parentKey then settleOneAbove(parentKey, outerAbove(parentKey, parent), jobKey, now) end
  for _, dependentKey in ipairs(keysIn(dependents)) do settleOneAbove(dependentKey, dependentKey, jobKey, now) end
end
