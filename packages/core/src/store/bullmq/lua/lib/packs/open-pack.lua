-- Opens a pack: each of its parts becomes a BullMQ job, in the state that it has
-- (docs/protocol/packs.md).
--- @include "bullmq-lists"
--- @include "packs"

-- ms. The same as in TypeScript: no lock expires while a dispatcher lives.
local LOCK_DURATION = 31536000000
-- So many of the next jobs of a lane are looked through for the place of a pack.
local NEAR = 1000

local function keyInPack(pack, i) return pack.base .. pack.parts[i][1] end

-- Puts parts where the pack is among the jobs with a priority, or in the wait list; at the head of
-- the lane where that is far away. first, last: their positions in the pack.
local function replaceInWait(pack, first, last)
  local waitKey, prioritizedKey, ids = pack.base .. 'wait', pack.base .. 'prioritized', {}
  for i = last, first, -1 do ids[#ids + 1] = pack.parts[i][1] end
  local score = redis.call('ZSCORE', prioritizedKey, pack.id)
  if score then
    redis.call('ZREM', prioritizedKey, pack.id)
    for _, id in ipairs(ids) do redis.call('ZADD', prioritizedKey, score, id) end
    setMarker(pack.base)
    return
  end
  local at = redis.call('LPOS', waitKey, pack.id, 'RANK', -1, 'MAXLEN', NEAR)
  if at then
    for _, id in ipairs(redis.call('LRANGE', waitKey, at + 1, -1)) do ids[#ids + 1] = id end
    if at == 0 then redis.call('DEL', waitKey) else redis.call('LTRIM', waitKey, 0, at - 1) end
  else
    redis.call('LREM', waitKey, 1, pack.id)
  end
  redis.call('RPUSH', waitKey, unpack(ids))
  setMarker(pack.base)
end

-- Moves the parts from `first` to `last`, which have the state of the pack, to its list.
local function moveParts(pack, first, last)
  local base = pack.base
  if pack.state == 'waiting' and redis.call('ZREM', base .. 'delayed', pack.id) == 1 then
    -- It came behind more due jobs than one call moves.
    for i = first, last do pushToDelayed(base, pack.parts[i][1], redisTime()) end
    return
  elseif pack.state == 'waiting' then
    replaceInWait(pack, first, last)
  elseif pack.state == 'waiting-children' then
    redis.call('ZREM', base .. 'waiting-children', pack.id)
    for i = first, last do
      addToWaitingChildren(base, pack.parts[i][1], pack.timestamp, WAITS_FOR_TURN)
    end
  elseif pack.state == 'active' then
    redis.call('LREM', base .. 'active', -1, pack.id)
    for i = first, last do
      redis.call('LPUSH', base .. 'active', pack.parts[i][1])
      redis.call('SET', keyInPack(pack, i) .. ':lock', tokenInPack(pack, i), 'PX', LOCK_DURATION)
    end
  end
  for i = first, last do
    if pack.state == 'active' then emit(base, 'active', pack.parts[i][1], 'prev', 'waiting')
    else emit(base, pack.state, pack.parts[i][1]) end
  end
end

local function endedInPack(pack, i)
  local endedAt = pack.finishedOn or pack.processedOn or '0'
  redis.call('ZADD', pack.base .. 'completed', endedAt, pack.parts[i][1])
  emit(pack.base, 'completed', pack.parts[i][1], 'returnvalue', pack.values[i], 'prev', 'active')
end

-- Makes a part a child of the job above: an ended one, or one that it waits for.
local function linkInPack(pack, i, aboveKey)
  local key = keyInPack(pack, i)
  if i <= #pack.values then redis.call('HSET', aboveKey .. ':processed', key, pack.values[i])
  else redis.call('SADD', aboveKey .. ':dependencies', key) end
end

-- Gives the first step the job before it, which was a child of the pack.
local function takeChildren(pack)
  local firstKey = keyInPack(pack, 1)
  for _, suffix in ipairs({ ':dependencies', ':processed', ':failed' }) do
    local isSet = suffix == ':dependencies'
    local children = redis.call(isSet and 'SMEMBERS' or 'HKEYS', pack.key .. suffix)
    for _, childKey in ipairs(children) do
      if isSet then redis.call('SADD', firstKey .. suffix, childKey)
      else
        redis.call('HSET', firstKey .. suffix, childKey,
          redis.call('HGET', pack.key .. suffix, childKey))
      end
      local parentKey, parent = fieldsOf(childKey, 'parentKey', 'parent')
      if parentKey == pack.key then
        redis.call('HSET', childKey, 'parentKey', firstKey, 'parent', withParent(parent, firstKey))
      end
    end
  end
end

-- Puts the parts in the flow in the place of the pack.
local function linkParts(pack)
  local count = #pack.parts
  if pack.inOrder then
    for i = 1, count - 1 do linkInPack(pack, i, keyInPack(pack, i + 1)) end
    takeChildren(pack)
  end
  local above = pack.parentKey
  if not above then return end
  local isChild = redis.call('SREM', above .. ':dependencies', pack.key)
    + redis.call('HDEL', above .. ':processed', pack.key)
  if isChild == 0 then return end
  for i = pack.inOrder and count or 1, count do linkInPack(pack, i, above) end
end

-- Forgets in which pack the parts are.
local function forgetParts(pack)
  redis.call('ZREM', pack.base .. 'packs', unpack(membersOf(pack.parts, pack.id)))
  uncountPack(pack.base, pack.id)
end

local PACK_KEYS = { '', ':lock', ':values', ':dependencies', ':processed', ':failed' }

local function deletePack(pack)
  local keys = {}
  for i, suffix in ipairs(PACK_KEYS) do keys[i] = pack.key .. suffix end
  redis.call('UNLINK', unpack(keys))
  redis.call('ZREM', pack.base .. 'completed', pack.id)
  redis.call('SREM', pack.base .. 'stalled', pack.id)
  redis.pcall('HDEL', pack.base .. 'dead-letters', pack.id)
  forgetParts(pack)
  packsRead[pack.key] = false
  emit(pack.base, 'removed', pack.id)
end

local function openPack(pack)
  local count, ended = #pack.parts, #pack.values
  for i = 1, count do
    redis.call('HSET', keyInPack(pack, i), unpack((fieldsInPack(pack, i))))
  end
  for i = 1, ended do endedInPack(pack, i) end
  local last = pack.inOrder and math.min(ended + 1, count) or count
  if ended < count then moveParts(pack, ended + 1, last) end
  for i = last + 1, count do
    pushToWaitingChildren(pack.base, pack.parts[i][1], pack.timestamp, WAITS_FOR_TURN)
  end
  linkParts(pack)
  deletePack(pack)
end

-- Makes sure that a job is stored by itself, before a write that its pack could not keep.
local function openFor(key)
  local pack = isFree(key) and packWith(splitJobKey(key))
  if pack then openPack(pack) end
end

-- Opens the pack of a job unless it has ended. Returns the key under which the job is stored then:
-- its own, or that of the ended pack.
local function openUnfinished(key)
  local pack = isFree(key) and packWith(splitJobKey(key))
  if not pack then return key end
  if pack.finishedOn then return pack.key end
  openPack(pack)
  return key
end
