-- Jobs that wait for a job which stands below another one already, or which is a callback (J5):
-- BullMQ knows one parent only.
--- @include "job-key"
--- @include "keys-in"

-- Lets one more job wait for it; the holder of the job is made to look, as for callbacks.
local function addDependent(key, dependentKey)
  local dependents = cjson.decode(redis.call('HGET', key, 'dependents') or '[]')
  for _, known in ipairs(dependents) do if known == dependentKey then return end end
  dependents[#dependents + 1] = dependentKey
  redis.call('HSET', key, 'dependents', cjson.encode(dependents))
  if redis.call('EXISTS', key .. ':lock') == 1 then redis.call('ZADD', key .. ':unsuccessful', 0, 'dependents') end
end

-- Notes a job that is not stored yet, and that others wait for, with the one that is going to store
-- it; where that is not stored either, with the next: whoever ends or removes one of these settles
-- what waits (settleExpected). chain: their keys, nearest first.
local function expectFrom(key, chain)
  local expected = key
  for _, originKey in ipairs(chain) do
    local keys, isKnown = keysIn(redis.call('HGET', originKey, 'expected')), false
    for _, known in ipairs(keys) do isKnown = isKnown or known == expected end
    if not isKnown then
      keys[#keys + 1] = expected
      redis.call('HSET', originKey, 'expected', cjson.encode(keys))
    end
    if redis.call('EXISTS', originKey .. ':lock') == 1 then redis.call('ZADD', originKey .. ':unsuccessful', 0, 'dependents') end
    redis.call('HSET', expected, 'storedBy', originKey)
    expected = originKey
  end
end

-- It has ended, and is kept until the jobs that wait for it have ended too.
local function addNeeded(key, dependentKeys)
  local keys = keysIn(redis.call('HGET', key, 'neededBy'))
  for _, dependentKey in ipairs(dependentKeys) do keys[#keys + 1] = dependentKey end
  redis.call('HSET', key, 'neededBy', cjson.encode(keys))
end

-- Whether it was one of those that wait.
local function removeDependent(key, dependentKey)
  local json = redis.call('HGET', key, 'dependents')
  if not json then return false end
  local dependents, kept = cjson.decode(json), {}
  for _, known in ipairs(dependents) do if known ~= dependentKey then kept[#kept + 1] = known end end
  if #kept == #dependents then return false end
  if #kept == 0 then redis.call('HDEL', key, 'dependents') else redis.call('HSET', key, 'dependents', cjson.encode(kept)) end
  return true
end

-- The set of all that wait for a job, in however many steps, with itself: what it is below, what
-- waits for it besides, and callbacks.
local function allAbove(key)
  local seen, found, i = { [key] = true }, { key }, 0
  while i < #found do
    i = i + 1
    local parentKey, dependents, callbacks = unpack(redis.call('HMGET', found[i], 'parentKey', 'dependents', 'callbacks'))
    local above = cjson.decode(dependents or '[]')
    for _, callbackKey in ipairs(cjson.decode(callbacks or '[]')) do above[#above + 1] = callbackKey end
    if parentKey then above[#above + 1] = parentKey end
    for _, other in ipairs(above) do
      if not seen[other] then
        seen[other] = true
        found[#found + 1] = other
      end
    end
  end
  return seen
end
