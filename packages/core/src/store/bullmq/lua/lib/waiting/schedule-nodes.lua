-- The children that the schedule script gets as arguments: see its header.
--- @include "bullmq-lists"
--- @include "dependents"

-- The number of arguments of a child.
local NODE_FIELDS = { part = 5, new = 12, shared = 12, placed = 9 }

local function readPart(first, base, partsKey, parentData)
  local _, id, task, args, options = unpack(ARGV, first, first + 4)
  return { kind = 'new', isPlain = true, id = id, key = base .. id, parentKey = partsKey,
    parent = parentData, isLeaf = '1', joined = '', mayBeThere = '1', dueAt = '0', callbacks = '',
    task = task, args = args, options = options }
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
    local isPart = ARGV[first] == 'part'
    nodes[#nodes + 1] = isPart and readPart(first, base, partsKey, parentData)
      or readNode(first, base, prefix)
    first = first + NODE_FIELDS[ARGV[first]]
  end
  return nodes
end

-- Stores plain parts together, which costs a third of storing one after another.
local function createPlain(base, parts, timestamp)
  local ids, keys = {}, {}
  for i, node in ipairs(parts) do
    storeRecord(node.key, node.task, node.args, node.options, timestamp, 0,
      'parentKey', node.parentKey, 'parent', node.parent)
    ids[i], keys[i] = node.id, node.key
  end
  redis.call('SADD', parts[1].parentKey .. ':dependencies', unpack(keys))
  addAllToTail(base, ids)
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
