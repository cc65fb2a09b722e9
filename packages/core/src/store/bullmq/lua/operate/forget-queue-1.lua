--[[
  Removes all that belongs to a queue which has no jobs: its lanes, settings, quotas and times
  (Q11).

  KEYS: lanes
  ARGV: queueBase
  Reply: 1; 0 a lane has a job, and nothing is removed
]]
--- @include "quotas"
local lanesKey, queueBase = KEYS[1], ARGV[1]
local JOBS = { 'wait', 'paused', 'active', 'delayed', 'parked', 'prioritized', 'waiting-children',
  'completed', 'failed', 'dead-letters' }
local OTHERS = { 'meta', 'id', 'events', 'marker', 'stalled', 'stalled-check', 'limiter', 'pc',
  'delay', 'unknown', 'packs', 'unfinished-packs', 'finished-packs', 'undecided', 'nothing-due',
  'metrics:completed', 'metrics:completed:data', 'metrics:failed', 'metrics:failed:data' }
local OF_QUEUE = { 'paused-at', 'begin-by', 'quotas', 'quotas:arrivals', 'retention', 'keys',
  'keys:next', 'rate-limits', 'rate-limits:opening' }

local bases = laneBases(queueBase)
bases[#bases + 1] = queueBase .. '/system:'
for _, base in ipairs(bases) do
  for _, name in ipairs(JOBS) do
    if redis.call('EXISTS', base .. name) == 1 then return 0 end
  end
end
local function forgetLimit(name)
  for _, what in ipairs({ ':holders', ':checked', ':starts', ':closed' }) do
    redis.call('UNLINK', limitKey(queueBase, name) .. what)
  end
  for _, base in ipairs(bases) do
    for _, what in ipairs(OF_LANE) do redis.call('UNLINK', laneKey(base, name, what)) end
    redis.call('UNLINK', laneKey(base, name, 'turns'))
  end
end

local function forgetWithKeys(name)
  -- A key without jobs is in no list, unless another program has removed these.
  for _, key in ipairs(redis.pcall('HKEYS', keysInUse(queueBase, name))) do forgetLimit(key) end
  for _, key in ipairs(recentKeys(queueBase, name)) do forgetLimit(key) end
  redis.call('UNLINK', keysInUse(queueBase, name), recentKey(queueBase, name))
  forgetLimit(name)
end

for _, quota in ipairs(redis.pcall('HKEYS', queueBase .. ':quotas')) do forgetWithKeys(quota) end
for _, limit in ipairs(redis.pcall('HKEYS', queueBase .. ':rate-limits')) do
  forgetWithKeys('rate:' .. limit)
end
for _, base in ipairs(bases) do
  for _, name in ipairs(OTHERS) do redis.call('UNLINK', base .. name) end
end
for _, name in ipairs(OF_QUEUE) do redis.call('UNLINK', queueBase .. ':' .. name) end
redis.call('UNLINK', lanesKey)
local prefix, queue = string.match(queueBase, '^(.*:)([^:]+)$')
redis.pcall('SREM', prefix .. 'queues', queue)
return 1
