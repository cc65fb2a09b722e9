-- Notes where jobs are stored: which lanes a queue has (Q6), and under which key a job is stored
-- that several processes may put (J12). The script that stores a job writes both.
--- @include "job-key"

local notedLanes, notedQueues = {}, {}

-- Notes the lane among those of its queue, where readers of the queue find it. No client remembers
-- that it did so: a Redis that was emptied, restored or failed over would not know the lane.
local function noteLane(base)
  if notedLanes[base] then return end
  notedLanes[base] = true
  -- The main lane has no slash, and is always read.
  local queueBase, lane = string.match(base, '^(.*[^/:]+)/([^/:]+):$')
  if not lane then return end
  -- A foreign key in the place of the set must not refuse the job (B1): agents know their lanes.
  local isNew = redis.pcall('SADD', queueBase .. ':lanes', lane) == 1
  -- A lane that comes after a pause of its queue is paused too (O2).
  if isNew and redis.call('EXISTS', queueBase .. ':paused-at') == 1 then
    redis.call('HSET', base .. 'meta', 'paused', 1)
  end
end

-- Notes the queue of a lane among those of the prefix. A foreign key in the place of the set must
-- not refuse the job (B1).
local function noteQueue(base)
  if notedQueues[base] then return end
  notedQueues[base] = true
  local prefix, queueBase = splitBase(base)
  redis.pcall('SADD', prefix .. 'queues', string.sub(queueBase, #prefix + 1))
end

-- lanes: JSON of `<queue>/<lane>`.
local function noteLanes(prefix, lanes)
  for _, name in ipairs(keysIn(lanes)) do
    if type(name) == 'string' then noteLane(prefix .. name .. ':') end
  end
end

-- Returns the key that says where the job is stored, and the prefix.
local function putAtKey(base, id)
  local prefix = string.match(base, '^(.*:)[^:]*:$')
  return prefix .. 'put-at:' .. id, prefix
end

-- The other key under which the job is stored, in whichever lane of whichever queue; nil for none.
local function putElsewhere(key)
  local base, id = splitJobKey(key)
  local atKey, prefix = putAtKey(base, id)
  local at = redis.pcall('GET', atKey)
  if type(at) ~= 'string' or at == key or string.sub(at, 1, #prefix) ~= prefix then return nil end
  local _, atId = splitJobKey(at)
  return atId == id and redis.pcall('HEXISTS', at, 'name') == 1 and at or nil
end

local function notePutAt(key)
  local atKey = putAtKey(splitJobKey(key))
  redis.call('SET', atKey, key)
end

local function forgetPutAt(key)
  local atKey = putAtKey(splitJobKey(key))
  if redis.pcall('GET', atKey) == key then redis.call('DEL', atKey) end
end

-- The set of the ids of shared jobs; json: '' for none.
local function sharedIn(json)
  local shared = {}
  for _, id in ipairs(keysIn(json)) do shared[id] = true end
  return shared
end
