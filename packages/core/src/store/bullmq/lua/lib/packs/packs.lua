-- Reads packs: many parts of a composite in one BullMQ job (docs/protocol/packs.md).
--- @include "job-key"
--- @include "parent-field"
--- @include "priority"

-- The name of the task of a pack.
local PACK = 'drover.pack'

-- By key: the packs that this script has read.
local packsRead = {}

local PACK_FIELDS = { 'name', 'data', 'inOrder', 'parentKey', 'parent', 'timestamp', 'ats', 'pb',
  'processedOn', 'finishedOn', 'opts' }

-- A damaged pack has no parts (B1).
local function areParts(parts)
  if type(parts) ~= 'table' then return false end
  for _, part in ipairs(parts) do
    if type(part) ~= 'table' or type(part[1]) ~= 'string' or type(part[2]) ~= 'string'
      or type(part[3]) ~= 'string' or part[4] and type(part[4]) ~= 'string' then
      return false
    end
  end
  return #parts > 0
end

local function decodePack(base, packId)
  local key = base .. packId
  local found = redis.pcall('HMGET', key, unpack(PACK_FIELDS))
  if found.err or found[1] ~= PACK then return nil end
  local pack = { base = base, id = packId, key = key, positions = {}, keys = {}, state = 'waiting' }
  for i, field in ipairs(PACK_FIELDS) do pack[field] = found[i] end
  local isJson, parts = pcall(cjson.decode, pack.data)
  if not isJson or not areParts(parts) then return nil end
  pack.parts, pack.timestamp = parts, pack.timestamp or '0'
  pack.values = redis.pcall('LRANGE', key .. ':values', 0, -1)
  pack.token = redis.pcall('GET', key .. ':lock')
  if pack.values.err or type(pack.token) == 'table' then return nil end
  -- Another program lets an ended pack run again: all of its parts do (O6).
  if not pack.finishedOn and #pack.values >= #parts then pack.values = {} end
  if pack.finishedOn then pack.state = 'finished'
  elseif pack.token then pack.state = 'active'
  elseif redis.call('ZSCORE', base .. 'waiting-children', packId) then
    pack.state = 'waiting-children'
  end
  -- Where another program has ended a pack, its parts without a value are gone: a job that waits
  -- for one would never go on (O6).
  for i = 1, pack.finishedOn and math.min(#pack.values, #parts) or #parts do
    pack.positions[parts[i][1]], pack.keys[base .. parts[i][1]] = i, i
  end
  return pack
end

-- Returns the pack; nil for a damaged one, or for none.
local function readPack(base, packId)
  local key = base .. packId
  if packsRead[key] == nil then packsRead[key] = decodePack(base, packId) or false end
  return packsRead[key] or nil
end

-- Whether no job is stored under a key. A key of another type is not free (B1).
local function isFree(key) return redis.pcall('HEXISTS', key, 'name') == 0 end

-- The time in an id, in ms. Packs are found by it.
local function timeIn(id) return string.sub(id, 1, 13) end

-- So many packs are looked at with one command.
local FEW = 8

-- Returns the pack that has a job which is not stored by itself, and the position of the job in it;
-- nil where none has it. `packs` has the first id of each ms in each pack. So the pack is mostly
-- the one with the last of these up to the id; others are of processes that made jobs in that ms.
local function packWith(base, id)
  for offset = 0, math.huge, FEW do
    local found = redis.pcall('ZREVRANGEBYLEX', base .. 'packs', '[' .. id .. ';',
      '[' .. timeIn(id), 'LIMIT', offset, FEW)
    if found.err then return nil end
    for _, member in ipairs(found) do
      local packId = string.match(member, ':(.*)$') or ''
      -- A search in the text costs less than reading each pack of that time.
      local data = redis.pcall('HGET', base .. packId, 'data')
      local isIn = type(data) == 'string' and string.find(data, '["' .. id .. '"', 1, true)
      local pack = isIn and readPack(base, packId)
      if pack and pack.positions[id] then return pack, pack.positions[id] end
    end
    if #found < FEW then return nil end
  end
end

-- Counts the parts of a pack that has not ended. Those of a `serial` are not pending together. A
-- foreign key in the place of the set is left alone (B1).
local function countPack(base, packId)
  local found = redis.pcall('HMGET', base .. packId, 'packParts', 'inOrder')
  local size = not found.err and not found[2] and tonumber(found[1] or '')
  if size then redis.pcall('ZADD', base .. 'unfinished-packs', size, packId) end
end

-- Takes a pack out of the sets by which parts are counted.
local function uncountPack(base, packId)
  redis.pcall('ZREM', base .. 'unfinished-packs', packId)
  redis.pcall('ZREM', base .. 'finished-packs', packId)
end

-- The members of `packs` by which the parts of a pack are found.
local function membersOf(parts, packId)
  local firsts, members = {}, {}
  for _, part in ipairs(parts) do
    local id, time = part[1], timeIn(part[1])
    if not firsts[time] then members[#members + 1] = time end
    if not firsts[time] or id < firsts[time] then firsts[time] = id end
  end
  for i, time in ipairs(members) do members[i] = firsts[time] .. ':' .. packId end
  return members
end

-- The state of a part, as if it was stored by itself. A step whose turn has not come waits for the
-- step before it.
local function stateInPack(pack, i)
  local ended = #pack.values
  if i <= ended then return 'finished' end
  if pack.inOrder and i > ended + 1 then return 'waiting-children' end
  return pack.state
end

-- Returns the key of the parent that a part has by itself, and the JSON of `parent`. The parent of
-- a step is the next step.
local function parentInPack(pack, i)
  local nextPart = pack.inOrder and pack.parts[i + 1]
  if not nextPart then return pack.parentKey, pack.parent end
  local nextKey = pack.base .. nextPart[1]
  return nextKey, withParent(pack.parent, nextKey)
end

local function addAll(list, ...)
  for _, value in ipairs({ ... }) do list[#list + 1] = value end
end

-- The fields that a part has by itself: name, value, name, value … Returns its state too.
local function fieldsInPack(pack, i)
  local state, fields = stateInPack(pack, i), {}
  local _, task, args, options = unpack(pack.parts[i])
  options = withOptionsOf(pack.opts, options or '{}')
  addAll(fields, 'name', task, 'data', args, 'opts', options, 'timestamp', pack.timestamp,
    'delay', '0', 'priority', priorityIn(options) or '0')
  local parentKey, parent = parentInPack(pack, i)
  if parentKey then addAll(fields, 'parentKey', parentKey, 'parent', parent) end
  local claimedAt = pack.processedOn or '0'
  if state == 'finished' or state == 'active' then
    addAll(fields, 'ats', pack.ats or '1', 'pb', pack.pb or '', 'processedOn', claimedAt)
  end
  -- The turn of a later step came with the end of the one before it: that time is not stored.
  if pack.inOrder and i > 1 and state ~= 'waiting-children' then
    addAll(fields, 'turnAt', pack.processedOn or pack.timestamp)
  end
  if state == 'finished' then
    local endedAt = pack.finishedOn or claimedAt
    addAll(fields, 'returnvalue', pack.values[i], 'finishedOn', endedAt, 'atm', '1')
  end
  return fields, state
end

-- The token under which a part is claimed by the claim of its pack.
local function tokenInPack(pack, i) return pack.token .. '.' .. i end

local function isTokenInPack(token) return string.find(token, '.', 1, true) ~= nil end
