-- The packs among the children that the schedule script gets (docs/protocol/packs.md).
--- @include "bullmq-lists"
--- @include "open-pack"

-- A pack has the id of its first part, with another version of UUID. So each attempt to schedule
-- gives it the same one, and the first part of an opened pack is known.
local function firstPartOf(packId)
  return string.sub(packId, 1, 14) .. '7' .. string.sub(packId, 16)
end

-- The children of which a pack is the compact form, outermost first.
local function partsOfPack(node)
  local nodes, isChain = {}, node.inOrder
  for n = 1, #node.parts do
    local i = isChain and #node.parts + 1 - n or n
    local id, task, args, options = unpack(node.parts[i])
    local parentKey, parent = parentInPack(node, i)
    nodes[n] = { kind = 'new', id = id, key = node.base .. id, parentKey = parentKey,
      parent = parent, isLeaf = isChain and i > 1 and '0' or node.isLeaf, joined = '',
      mayBeThere = isChain and '0' or '1', dueAt = '0', callbacks = '', task = task, args = args,
      options = withOptionsOf(node.options, options or '{}'), isPlain = not isChain }
  end
  return nodes
end

-- Whether parts of a pack are stored already, each by itself or in a pack.
local function arePartsStored(node, base)
  local keys = { node.key }
  for i, part in ipairs(node.parts) do keys[i + 1] = base .. part[1] end
  return redis.call('EXISTS', unpack(keys)) > 0
end

-- The children as they are to be stored. The parts of a pack are stored one by one where some of
-- them are stored already, or where the job runs again and may know some of them.
local function unpackNodes(nodes, base, isAgain)
  local found, kept = {}, {}
  for _, node in ipairs(nodes) do
    if node.kind ~= 'pack' then
      found[#found + 1] = node
    elseif isAgain or arePartsStored(node, base) then
      local pack = readPack(base, node.id)
      if pack then openPack(pack) end
      for _, part in ipairs(partsOfPack(node)) do found[#found + 1] = part end
    else
      kept[node.key] = true
      found[#found + 1] = node
    end
  end
  -- The job before a pack that is not there is followed by the first part.
  for _, node in ipairs(found) do
    local parentBase, parentId = splitJobKey(node.parentKey)
    if string.sub(parentId, 15, 15) == '8' and not kept[node.parentKey]
      and not isStored(node.parentKey) then
      node.parentKey = parentBase .. firstPartOf(parentId)
      node.parent = withParent(node.parent, node.parentKey)
    end
    if isAgain then openFor(node.key) end
  end
  return found
end

-- Stores the record of a pack, and how its parts are found.
local function storePack(base, node, timestamp)
  storeRecord(node.key, PACK, node.data, node.options, timestamp, 0, 'parentKey', node.parentKey,
    'parent', node.parent, 'packParts', #node.parts)
  for _, member in ipairs(membersOf(node.parts, node.id)) do
    redis.call('ZADD', base .. 'packs', 0, member)
  end
  if node.inOrder then redis.call('HSET', node.key, 'inOrder', 1) end
  countPack(base, node.id)
end
