-- Names of keys, and fields of jobs. The same words are used in all scripts:
-- `prefix` begins every key: `{drover}:`.
-- `base` begins the keys of one lane: `{drover}:demo:`, `{drover}:demo/slow:`. With the id of a job
-- it is the key of that job.
-- `queueBase` begins the keys of a queue, without the colon: `{drover}:demo`.

-- Returns base and id.
local function splitJobKey(key)
  return string.match(key, '^(.*:)([^:]*)$')
end

-- Returns prefix and queueBase.
local function splitBase(base)
  local prefix, queue = string.match(base, '^(.*:)([^:/]+)[^:]*:$')
  return prefix, prefix .. queue
end

-- The name of the lane with that base.
local function laneOf(base)
  local _, queueBase = splitBase(base)
  return string.match(string.sub(base, #queueBase + 1), '^/(.*):$') or 'main'
end

-- A job is named by its id in its own lane, and by `<BullMQ queue>:<id>` in any other. Returns the
-- base and the id of the job. base: of the lane in which the name is used.
local function locateJob(name, base, prefix)
  if not string.find(name, ':', 1, true) then return base, name end
  local queue, id = string.match(name, '^(.*:)(.*)$')
  return prefix .. queue, id
end

local function keyOfName(name, base, prefix)
  local jobBase, id = locateJob(name, base, prefix)
  return jobBase .. id
end

-- The list that a field holds as JSON. A damaged one counts as empty (B1).
local function keysIn(json)
  local isJson, keys = pcall(cjson.decode, json or '[]')
  return isJson and type(keys) == 'table' and keys or {}
end

-- The values of fields; false for a missing one.
local function fieldsOf(key, ...)
  return unpack(redis.call('HMGET', key, ...))
end

local function hasField(key, field)
  return redis.call('HEXISTS', key, field) == 1
end

local function isStored(key)
  return hasField(key, 'name')
end

-- Whether the job is a dead letter. A foreign key in the place of the hash has none (B1).
local function isDeadLetter(base, id)
  return redis.pcall('HEXISTS', base .. 'dead-letters', id) == 1
end

-- Whether the job has a lock.
local function isHeld(key)
  return redis.call('EXISTS', key .. ':lock') == 1
end
