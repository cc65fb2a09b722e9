-- Jobs that wait for a job which has another parent, is a callback (J5), or is not stored yet
-- (J12). BullMQ knows one parent only.
--- @include "begin-deadline"
--- @include "job-key"
--- @include "key-entries"
--- @include "long-fields"
--- @include "open-pack"
--- @include "stored-at"

local function contains(list, value)
  for _, known in ipairs(list) do if known == value then return true end end
  return false
end

-- Whether a job has another parent than this one, or is a callback.
local function hasOtherParent(key, parentKey)
  local oldParentKey, deferred = fieldsOf(key, 'parentKey', 'deferred')
  return deferred
    or oldParentKey and oldParentKey ~= parentKey and redis.call('EXISTS', oldParentKey) == 1
end

local function addDependent(key, dependentKey)
  local dependents = cjson.decode(redis.call('HGET', key, 'dependents') or '[]')
  if contains(dependents, dependentKey) then return end
  dependents[#dependents + 1] = dependentKey
  redis.call('HSET', key, 'dependents', cjson.encode(dependents))
end

-- Returns whether it was a dependent.
local function removeDependent(key, dependentKey)
  local json = redis.call('HGET', key, 'dependents')
  if not json then return false end
  local dependents, kept = cjson.decode(json), {}
  for _, known in ipairs(dependents) do
    if known ~= dependentKey then kept[#kept + 1] = known end
  end
  if #kept == #dependents then return false end
  if #kept == 0 then redis.call('HDEL', key, 'dependents')
  else redis.call('HSET', key, 'dependents', cjson.encode(kept)) end
  return true
end

-- Keeps an ended job until its former dependents have ended too.
local function addNeeded(key, dependentKeys)
  local keys = keysIn(redis.call('HGET', key, 'neededBy'))
  for _, dependentKey in ipairs(dependentKeys) do keys[#keys + 1] = dependentKey end
  redis.call('HSET', key, 'neededBy', cjson.encode(keys))
end

-- Why a stored origin will not store a job of that id; nil where it may.
local function whyNotComing(originKey, id)
  local finishedOn, result, chunks, verdict =
    fieldsOf(originKey, 'finishedOn', 'result', 'scheduledChunks', 'verdict')
  -- A manifest has names, which end with ids; an appended job has a field of its own.
  local wasScheduled = hasScheduled(manifestOf(originKey), chunks)
    and (string.find(redis.call('HGET', originKey, 'manifest'), id .. '"', 1, true)
      or redis.call('HEXISTS', originKey, 'appended:' .. id) == 1)
  if wasScheduled and not verdict then return 'stored before' end
  return (wasScheduled or finishedOn or result) and 'ended' or nil
end

-- The chain of origins of a job that is not stored: the keys of the jobs that are to store it, each
-- stored by the next one, up to the first that is stored, by itself or in a pack. Where the job
-- will never come it returns nil, why ('ended', 'stored before' or 'removed'), and the key of that
-- origin.
local function comesFrom(key, origins)
  local chain, below = {}, key
  for i, originKey in ipairs(origins) do
    if not isStored(originKey) then originKey = putElsewhere(originKey) or originKey end
    chain[i] = originKey
    if isStored(originKey) then
      local _, id = splitJobKey(below)
      local why = whyNotComing(originKey, id)
      if why then return nil, why, originKey end
      return chain
    end
    local pack, position = packWith(splitJobKey(originKey))
    if pack and stateInPack(pack, position) == 'finished' then return nil, 'ended', originKey end
    if pack then return chain end
    below = originKey
  end
  return nil, 'removed', origins[#origins]
end

-- Notes a job that is not stored yet with its origin, and each origin of the chain with the next.
-- The script that ends or removes an origin settles the dependents (settleExpected).
local function expectFrom(key, chain)
  local expected = key
  for _, originKey in ipairs(chain) do
    openFor(originKey)
    local keys = keysIn(redis.call('HGET', originKey, 'expected'))
    if not contains(keys, expected) then
      keys[#keys + 1] = expected
      redis.call('HSET', originKey, 'expected', cjson.encode(keys))
    end
    redis.call('HSET', expected, 'storedBy', originKey)
    expected = originKey
  end
end

-- The set of a job's key and the keys of all jobs that wait for it in however many steps: parents,
-- dependents and callbacks. With a pack all of its parts wait.
local function allWaitingFor(key)
  local seen, found, i = { [key] = true }, { key }, 0
  while i < #found do
    i = i + 1
    local parentKey, dependents, callbacks, isPack, keyOf =
      fieldsOf(found[i], 'parentKey', 'dependents', 'callbacks', 'packParts', 'key')
    local pack = isPack and readPack(splitJobKey(found[i]))
    for _, part in ipairs(pack and pack.parts or {}) do seen[pack.base .. part[1]] = true end
    local above = cjson.decode(dependents or '[]')
    for _, callback in ipairs(cjson.decode(callbacks or '[]')) do above[#above + 1] = callback end
    if parentKey then above[#above + 1] = parentKey end
    -- A job may wait for the end of the one that has its key (Q8).
    if keyOf then
      local _, nextKey = keyHashes(found[i])
      above[#above + 1] = redis.call('HGET', nextKey, keyOf) or nil
    end
    for _, other in ipairs(above) do
      if not seen[other] then
        seen[other] = true
        found[#found + 1] = other
      end
    end
  end
  return seen
end
