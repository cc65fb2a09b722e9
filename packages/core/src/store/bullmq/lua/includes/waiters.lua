-- Jobs that wait for a job which stands below another one already, or which is a callback (J5):
-- BullMQ knows one parent only.
--- @include "job-key"
--- @include "keys-in"

-- Lets one more job wait for it; the holder of the job is made to look, as for callbacks.
local function addWaiter(key, waiterKey)
  local waiters = cjson.decode(redis.call('HGET', key, 'waiters') or '[]')
  for _, known in ipairs(waiters) do if known == waiterKey then return end end
  waiters[#waiters + 1] = waiterKey
  redis.call('HSET', key, 'waiters', cjson.encode(waiters))
  if redis.call('EXISTS', key .. ':lock') == 1 then redis.call('ZADD', key .. ':unsuccessful', 0, 'waiters') end
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
    if redis.call('EXISTS', originKey .. ':lock') == 1 then redis.call('ZADD', originKey .. ':unsuccessful', 0, 'waiters') end
    redis.call('HSET', expected, 'storedBy', originKey)
    expected = originKey
  end
end

-- It has ended, and is kept until the jobs that wait for it have ended too.
local function addNeeded(key, waiterKeys)
  local keys = keysIn(redis.call('HGET', key, 'neededBy'))
  for _, waiterKey in ipairs(waiterKeys) do keys[#keys + 1] = waiterKey end
  redis.call('HSET', key, 'neededBy', cjson.encode(keys))
end

-- Whether it was one of those that wait.
local function removeWaiter(key, waiterKey)
  local json = redis.call('HGET', key, 'waiters')
  if not json then return false end
  local waiters, kept = cjson.decode(json), {}
  for _, known in ipairs(waiters) do if known ~= waiterKey then kept[#kept + 1] = known end end
  if #kept == #waiters then return false end
  if #kept == 0 then redis.call('HDEL', key, 'waiters') else redis.call('HSET', key, 'waiters', cjson.encode(kept)) end
  return true
end

-- The set of all that wait for a job, in however many steps, with itself: what it is below, what
-- waits for it besides, and callbacks.
local function allAbove(key)
  local seen, found, i = { [key] = true }, { key }, 0
  while i < #found do
    i = i + 1
    local parentKey, waiters, callbacks = unpack(redis.call('HMGET', found[i], 'parentKey', 'waiters', 'callbacks'))
    local above = cjson.decode(waiters or '[]')
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
