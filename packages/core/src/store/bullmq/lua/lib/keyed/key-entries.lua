-- The jobs that have the keys of a queue (Q8, docs/protocol/keyed-jobs.md). The hash `<queue>:keys`
-- has the job of each key, and `<queue>:keys:next` the job that waits for the end of that one
-- (`whenTaken: 'after'`). A job that is gone, has ended, or whose time is over has its key no more,
-- whatever the hashes say: another program may have removed it.
--- @include "bullmq-lists"

-- The keys of the two hashes of the queue of a job.
local function keyHashes(jobKey)
  local _, queueBase = splitBase((splitJobKey(jobKey)))
  return queueBase .. ':keys', queueBase .. ':keys:next'
end

-- The options of a job that has a key; nil for any other job. options: JSON. Most jobs have no key,
-- and are not decoded.
local function keyedOptions(options)
  if not string.find(options, '"key":', 1, true) then return nil end
  local isJson, decoded = pcall(cjson.decode, options)
  local isKeyed = isJson and type(decoded) == 'table' and type(decoded.key) == 'string'
  return isKeyed and decoded or nil
end

-- Whether a job has this key now. A damaged record has none (B1).
local function hasKey(jobKey, key)
  local found = redis.pcall('HMGET', jobKey, 'name', 'key', 'keyUntil', 'finishedOn')
  if found.err then return false end
  local name, own, till, finishedOn = unpack(found)
  if not name or own ~= key then return false end
  if till == 'completed' then return not finishedOn end
  return till == 'removed' or (tonumber(till) or 0) > redisTime()
end

-- Whether a job waits for the end of the job that has this key. It is parked meanwhile.
local function waitsForKey(jobKey, key)
  local base, id = splitJobKey(jobKey)
  return redis.pcall('HGET', jobKey, 'key') == key
    and type(redis.pcall('ZSCORE', base .. 'parked', id)) == 'string'
end

-- The key of a job that waits for the end of the one that has it; nil for any other job.
local function keyAwaitedBy(jobKey)
  local key = redis.call('HGET', jobKey, 'key')
  local _, nextKey = keyHashes(jobKey)
  return key and redis.call('HGET', nextKey, key) == jobKey and key or nil
end

-- Returns the job that has a key, and the one that waits for its end; nil for none. The time of the
-- first may be over while the other one waits: then the key is that one's.
-- jobKey: of any job of the queue.
local function jobsOfKey(jobKey, key)
  local keysKey, nextKey = keyHashes(jobKey)
  local holder, waiting = redis.call('HGET', keysKey, key), redis.call('HGET', nextKey, key)
  if not holder or not hasKey(holder, key) then holder = nil end
  if not waiting or not waitsForKey(waiting, key) then waiting = nil end
  return holder, waiting
end

-- Gives a key to a job. waits: it is to begin when the job that has the key now has ended. Until
-- then it is in no list of BullMQ's. Redis's clock counts (Q2).
local function giveKey(jobKey, keyed, waits)
  local till = keyed['until'] or 'completed'
  if type(till) == 'number' then till = string.format('%.0f', redisTime() + till) end
  redis.call('HSET', jobKey, 'key', keyed.key, 'keyUntil', till)
  local keysKey, nextKey = keyHashes(jobKey)
  redis.call('HSET', waits and nextKey or keysKey, keyed.key, jobKey)
  if not waits then return end
  local base, id = splitJobKey(jobKey)
  redis.call('ZADD', base .. 'parked', redisTime(), id)
end

-- Gives the key to the job that waits for it, which begins. Returns false where it waits no more.
local function handOver(nextKey, keysKey, key, jobKey)
  redis.call('HDEL', nextKey, key)
  if not waitsForKey(jobKey, key) then return false end
  redis.call('HSET', keysKey, key, jobKey)
  local base, id = splitJobKey(jobKey)
  redis.call('ZREM', base .. 'parked', id)
  local isJson, options = pcall(cjson.decode, redis.call('HGET', jobKey, 'opts'))
  local dueAt = isJson and type(options) == 'table' and tonumber(options.beginAfter) or 0
  local delay = math.max(0, dueAt - redisTime())
  redis.call('HSET', jobKey, 'delay', string.format('%.0f', delay))
  if delay > 0 then pushToDelayed(base, id, dueAt) else pushToTail(base, id) end
  return true
end

-- The key of a job that ends or is removed is free, or goes to the job that waits for it.
local function freeKeyOf(jobKey, key, till, isRemoved)
  local keysKey, nextKey = keyHashes(jobKey)
  if redis.call('HGET', nextKey, key) == jobKey then redis.call('HDEL', nextKey, key) end
  if redis.call('HGET', keysKey, key) ~= jobKey then return end
  local waiting = redis.call('HGET', nextKey, key)
  if waiting and handOver(nextKey, keysKey, key, waiting) then return end
  local isOver = tonumber(till) and tonumber(till) <= redisTime()
  if isRemoved or till == 'completed' or isOver then redis.call('HDEL', keysKey, key) end
end

-- A job is about to end. A foreign key in the place of a hash does not keep it from ending (B1).
local function endKey(jobKey)
  local key, till = fieldsOf(jobKey, 'key', 'keyUntil')
  if key then pcall(freeKeyOf, jobKey, key, till, false) end
end
