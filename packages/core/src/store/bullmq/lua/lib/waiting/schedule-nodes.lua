-- The children that the schedule script gets as arguments: see its header.
--- @include "bullmq-lists"
--- @include "dependents"

-- The number of arguments of a child.
local NODE_FIELDS = { part = 5, pack = 8, new = 12, shared = 12, placed = 9 }

local function readPart(first, base, partsKey, parentData)
  local _, id, task, args, options = unpack(ARGV, first, first + 4)
  return { kind = 'new', isPlain = true, id = id, key = base .. id, parentKey = partsKey,
    parent = parentData, isLeaf = '1', joined = '', mayBeThere = '1', dueAt = '0', callbacks = '',
    task = task, args = args, options = options }
end

local function readPackNode(first, base, prefix)
  local _, id, parentName, parent, isLeaf, data, inOrder, options =
    unpack(ARGV, first, first + 7)
  local parentKey = keyOfName(parentName, base, prefix)
  return { kind = 'pack', id = id, base = base, key = base .. id, parentKey = parentKey,
    parent = parent, isLeaf = isLeaf, joined = '', mayBeThere = '0', dueAt = '0', callbacks = '',
    data = data, parts = cjson.decode(data), inOrder = inOrder == '1', options = options }
end

local function readNode(first, base, prefix)
  local kind, name, parentName, parent, isLeaf, joined, mayBeThere = unpack(ARGV, first, first + 6)
  local node = { kind = kind, parent = parent, isLeaf = isLeaf, joined = joined, dueAt = '0',
    mayBeThere = mayBeThere, key = keyOfName(name, base, prefix),
    parentKey = keyOfName(parentName, base, prefix) }
  if kind == 'placed' then
    node.origins, node.isComing = unpack(ARGV, first + 7, first + 8)
  else
    node.task, node.args, node.options, node.dueAt, node.callbacks =
      unpack(ARGV, first + 7, first + 11)
  end
  return node
end

-- first: the index of the first argument of the first child.
local function readNodes(first, base, prefix, partsKey, parentData)
  local nodes = {}
  while first <= #ARGV do
    local kind = ARGV[first]
    if kind == 'part' then nodes[#nodes + 1] = readPart(first, base, partsKey, parentData)
    elseif kind == 'pack' then nodes[#nodes + 1] = readPackNode(first, base, prefix)
    else nodes[#nodes + 1] = readNode(first, base, prefix) end
    first = first + NODE_FIELDS[kind]
  end
  return nodes
end

-- Stores plain parts together, which costs a third of storing one after another.
local function createPlain(base, parts, timestamp)
  local ids, keys, priorities = {}, {}, {}
  for i, node in ipairs(parts) do
    priorities[i] = storeRecord(node.key, node.task, node.args, node.options, timestamp, 0,
      'parentKey', node.parentKey, 'parent', node.parent)
    ids[i], keys[i] = node.id, node.key
  end
  redis.call('SADD', parts[1].parentKey .. ':dependencies', unpack(keys))
  addAllToTail(base, ids, priorities)
end

-- Links a stored job below its parent. isAgain: the job that waits, jobKey, runs again.
local function link(key, parentKey, parent, isAgain, jobKey)
  local jobBase, id = splitJobKey(key)
  local isOthers = hasOtherParent(key, parentKey)
  local isInPlace = isAgain and redis.call('HGET', key, 'parentKey') == parentKey
  if not isOthers and not isInPlace then
    redis.call('HSET', key, 'parentKey', parentKey, 'parent', parent)
    -- A part that was abandoned, and still runs, stays a part.
    local isPart = isAgain and redis.call('HGET', key, 'partOf') == jobKey
    if not isPart then redis.call('HSET', key, 'linked', 1) end
  end
  if isOthers and hasField(key, 'finishedOn') then addNeeded(key, { parentKey }) end
  if redis.call('ZSCORE', jobBase .. 'completed', id) then
    local value = redis.call('HGET', key, 'returnvalue') or 'null'
    redis.call('HSET', parentKey .. ':processed', key, value)
  elseif redis.call('ZSCORE', jobBase .. 'failed', id) then
    local reason = redis.call('HGET', key, 'failedReason') or ''
    redis.call('HSET', parentKey .. ':failed', key, reason)
  else
    redis.call('SADD', parentKey .. ':dependencies', key)
    if isOthers then addDependent(key, parentKey) end
  end
end

-- A placed job that is not stored counts as failed, or is waited for.
local function awaitPlaced(node, parentKey)
  if not node.chain then
    redis.call('HSET', parentKey .. ':failed', node.key, 'removed')
    return
  end
  redis.call('SADD', parentKey .. ':dependencies', node.key)
  addDependent(node.key, parentKey)
  expectFrom(node.key, node.chain)
end
