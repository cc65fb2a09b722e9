-- Stores callbacks with the job that they are added to: each has a hash, and stands in no list
-- before its turn comes (J7).
--- @include "job-key"
--- @include "note-lane"
--- @include "put-at"

local deferCallbacks

-- callback: { base, id, task, args, options, callbacks, isShared }, `base` being the prefix of its
-- lane. Answers with its key; nil where it is there already, or was put elsewhere: it is left as it
-- is, so that what stores it can be repeated.
local function holdCallback(ownerKey, callback, timestamp)
  local key = callback.base .. callback.id
  noteLane(callback.base)
  if redis.call('HEXISTS', key, 'name') == 1 then return nil end
  if callback.isShared then
    if putElsewhere(key) then return nil end
    notePutAt(key)
  end
  redis.call('HSET', key, 'name', callback.task, 'data', callback.args, 'opts', callback.options,
    'timestamp', timestamp, 'delay', 0, 'priority', 0, 'deferred', 1, 'callbackOf', ownerKey)
  deferCallbacks(key, callback.callbacks, timestamp)
  return key
end

-- Adds keys of callbacks to one of the lists in their job's hash.
local function listCallbacks(ownerKey, field, keys)
  if #keys == 0 then return end
  local listed = cjson.decode(redis.call('HGET', ownerKey, field) or '[]')
  for _, key in ipairs(keys) do listed[#listed + 1] = key end
  redis.call('HSET', ownerKey, field, cjson.encode(listed))
end

function deferCallbacks(ownerKey, callbacks, timestamp)
  local keys = {}
  for _, callback in ipairs(callbacks) do keys[#keys + 1] = holdCallback(ownerKey, callback, timestamp) end
  listCallbacks(ownerKey, 'callbacks', keys)
end
