--[[
  Removes jobs of a lane whatever their status is, some in each call (Q11). A run of such a job is
  told to stop, and no later write of it is accepted. Jobs elsewhere that wait for one go on: for
  them it has failed with a RemovedError.

  KEYS: wait
  ARGV: base (of the lane), which ('waiting': only jobs that wait for others, such as composites;
        'all')
  Reply: { the number of removed jobs, with the parts of packs, 1 another call is needed; 0 }
  Events: 'removed' for each job; 'waiting' for each job that has no dependencies left
]]
--- @include "owner"
--- @include "quotas"
--- @include "remove-job"
local base, which = ARGV[1], ARGV[2]
local MOST = 60
local SETS = { 'delayed', 'parked', 'prioritized', 'completed', 'failed' }
local LISTS = { 'wait', 'paused', 'active' }

-- Tells the dispatcher that runs a job that it has lost it.
local function stopRun(jobKey, jobId)
  local token = redis.pcall('GET', jobKey .. ':lock')
  local uuid = type(token) == 'string' and string.match(token, '^([^:]+):%d+:[%d.]+$')
  if not uuid then return end
  local failure = cjson.encode({ message = 'job ' .. jobId .. ' was removed with its queue' })
  redis.call('PUBLISH', splitBase(base) .. 'dispatcher:' .. uuid .. ':cancelled',
    cjson.encode({ jobId = jobId, token = token, failure = failure }))
end

local function removeStored(jobKey, jobId)
  stopRun(jobKey, jobId)
  disown(base, jobId)
  pcall(freeQuotas, base, jobId)
  removeFromFlow(jobKey)
end

-- Removes a job that is in no list any more. Returns the number of jobs.
local function remove(jobId)
  local jobKey = base .. jobId
  if redis.call('TYPE', jobKey).ok ~= 'hash' then
    deleteJobKeys(jobKey)
    return 0
  end
  local parts = tonumber(redis.call('HGET', jobKey, 'packParts') or 1) or 1
  -- Of a damaged record the keys go, and its dependents are found by a reconcile pass (B1).
  if not pcall(removeStored, jobKey, jobId) then deleteJobKeys(jobKey) end
  return parts
end

local removed, left = 0, MOST

-- Jobs that wait for others come first: so no end of a job wakes them.
local function emptySet(name)
  local key = base .. name
  local ids = left > 0 and redis.pcall('ZRANGE', key, 0, left - 1) or {}
  for _, id in ipairs(ids) do
    redis.call('ZREM', key, id)
    removed = removed + remove(id)
  end
  left = left - #ids
end

local function emptyList(name)
  local key = base .. name
  local ids = left > 0 and redis.pcall('LRANGE', key, -left, -1) or {}
  for _, id in ipairs(ids) do
    redis.call('LREM', key, -1, id)
    removed = removed + remove(id)
  end
  left = left - #ids
end

emptySet('waiting-children')
if which == 'all' then
  for _, name in ipairs(LISTS) do emptyList(name) end
  for _, name in ipairs(SETS) do emptySet(name) end
  local dead = left > 0 and redis.pcall('HKEYS', base .. 'dead-letters') or {}
  for i = 1, math.min(#dead, left) do
    redis.call('HDEL', base .. 'dead-letters', dead[i])
    removed = removed + remove(dead[i])
  end
  left = left - #dead
end
return { removed, left <= 0 and 1 or 0 }
