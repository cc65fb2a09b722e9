-- Callbacks before their turn (J7). A deferred callback has a hash, and is in no list.
--- @include "bullmq-lists"
--- @include "meta"
--- @include "stored-at"

local deferCallbacks

-- Stores a callback as deferred. callback: { base, id, task, args, options, callbacks, isShared },
-- `base` being that of its lane. Returns its key. Returns nil where the callback is stored already,
-- here or elsewhere: it is left as it is, so that the calling script can be repeated.
local function deferCallback(ownerKey, callback, timestamp)
  local key = callback.base .. callback.id
  noteLane(callback.base)
  if isStored(key) then return nil end
  if callback.isShared then
    if putElsewhere(key) then return nil end
    notePutAt(key)
  end
  storeRecord(key, callback.task, callback.args, callback.options, timestamp, 0,
    'deferred', 1, 'callbackOf', ownerKey)
  deferCallbacks(key, callback.callbacks, timestamp)
  return key
end

-- Adds keys to one of the lists of callbacks in the hash of their job.
local function listCallbacks(ownerKey, field, keys)
  if #keys == 0 then return end
  local listed = cjson.decode(redis.call('HGET', ownerKey, field) or '[]')
  for _, key in ipairs(keys) do listed[#listed + 1] = key end
  redis.call('HSET', ownerKey, field, cjson.encode(listed))
end

function deferCallbacks(ownerKey, callbacks, timestamp)
  local keys = {}
  for _, callback in ipairs(callbacks) do
    keys[#keys + 1] = deferCallback(ownerKey, callback, timestamp)
  end
  listCallbacks(ownerKey, 'callbacks', keys)
end

-- The keys of the callbacks of a job that have not begun, in order.
local function callbacksToRun(jobKey)
  local keys = {}
  for _, key in ipairs(cjson.decode(redis.call('HGET', jobKey, 'callbacks') or '[]')) do
    if hasField(key, 'deferred') then keys[#keys + 1] = key end
  end
  return keys
end

-- Puts a deferred callback at the head of its lane, among the delayed jobs where it is not due, or
-- behind the callback before it.
-- given: the result that it gets as its last argument; isFirst: it follows no other callback;
-- outer: the options of its job, whose `meta` it has from now on (J11).
local function releaseCallback(key, given, isFirst, timestamp, outer)
  local base, id = splitJobKey(key)
  local options = redis.call('HGET', key, 'opts')
  redis.call('HDEL', key, 'deferred')
  redis.call('HSET', key, 'given', given, 'turnAt', timestamp, 'opts', withMetaOf(outer, options))
  noteLong(key, 'given', given)
  local dueAt = cjson.decode(options).beginAfter or 0
  if not isFirst then
    pushToWaitingChildren(base, id, timestamp, WAITS_FOR_TURN)
  elseif dueAt > tonumber(timestamp) then
    redis.call('HSET', key, 'delay', string.format('%.0f', dueAt - tonumber(timestamp)))
    pushToDelayed(base, id, dueAt)
  else
    pushToHead(base, id)
  end
end
