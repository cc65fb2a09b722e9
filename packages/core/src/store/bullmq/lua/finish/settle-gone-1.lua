--[[
  Lets jobs go on that wait for what another program has removed: BullMQ's tools know one job above
  another, and no origin (J5, J12). Each of those jobs counts as removed.

  KEYS: waiting-children (of the lane)
  ARGV: base (of its keys), prefix (of all keys), then the ids of the jobs that wait
  Reply: the ids of those that waited for a job that is gone
  Events: 'removed', for what is gone; 'waiting', for each job that has nothing left to wait for
]]
--- @include "job-keys"
--- @include "remove-callbacks"
--- @include "settle-parent"
local base, prefix = ARGV[1], ARGV[2]
local FIRST = 3
-- How many jobs below one are looked at, at most: those that live leave the set with their ends,
-- until it has the others alone.
local SOME, MANY = 10, 1000
-- Origins and callbacks nest, but not as deep as this.
local MAX_DEPTH = 100

-- Whether a job is gone, or will never come: what was to store it, or to let it run, is gone.
-- Damage is no sign of that (B1).
local function isGone(key, depth)
  if depth > MAX_DEPTH or string.sub(key, 1, #prefix) ~= prefix then return false end
  local fields = redis.pcall('HMGET', key, 'name', 'storedBy', 'deferred', 'callbackOf')
  if fields.err then return false end
  local name, storedBy, deferred, callbackOf = unpack(fields)
  if name then return deferred and callbackOf and isGone(callbackOf, depth + 1) end
  if redis.call('EXISTS', key) == 0 then return true end
  return storedBy and isGone(storedBy, depth + 1)
end

-- What stands among the jobs below one and is none: see `schedule` and `stop-joining`.
local function isJobKey(key)
  local _, id = splitJobKey(key)
  return id and id ~= 'stopped' and string.sub(id, 1, 11) ~= 'scheduling-'
end

-- What is no set has none (B1).
local function goneBelow(belowKey, count)
  local keys, gone = redis.pcall('SRANDMEMBER', belowKey, count), {}
  for _, key in ipairs(keys) do if isJobKey(key) and isGone(key, 0) then gone[#gone + 1] = key end end
  return gone
end

-- A row is stopped as a whole: the one that waits for its turn has not begun, and knows the outer
-- job.
local function outerOf(dependentKey)
  local manifest, parent = unpack(redis.call('HMGET', dependentKey, 'manifest', 'parent'))
  if manifest then return dependentKey end
  return outerAbove(dependentKey, parent)
end

local found = {}
for i = FIRST, #ARGV do
  local dependentKey = base .. ARGV[i]
  local belowKey = dependentKey .. ':dependencies'
  local gone = goneBelow(belowKey, SOME)
  if #gone > 0 then
    gone = goneBelow(belowKey, MANY)
    local now, outerKey = redisTime(), outerOf(dependentKey)
    for _, key in ipairs(gone) do
      local goneBase, id = splitJobKey(key)
      local dependents = redis.call('HGET', key, 'dependents')
      settleExpected(key, now)
      removeCallbacks(key, now)
      deleteJobKeys(key)
      tell(goneBase, 'removed', id)
      settleOneAbove(dependentKey, outerKey, key, now)
      settleRemoved(nil, nil, dependents, key, now)
    end
    found[#found + 1] = ARGV[i]
  end
end
return found
