-- Reads the state of a job: its status in BullMQ, its claims, its holder.
--- @include "job-key"
--- @include "long-fields"
--- @include "packs"
--- @include "relatives"

-- Takes the names out of the manifest among the fields of a job: there may be very many, and a
-- reader asks for them only where jobs were appended.
local function withoutNames(fields)
  local manifestAt
  for i = 1, #fields, 2 do
    if fields[i] == 'manifest' then manifestAt = i + 1 end
    if fields[i] == 'appended' then return fields end
  end
  local chunks = manifestAt and string.match(string.sub(fields[manifestAt], -30), '"chunks":%d+}$')
  if chunks then fields[manifestAt] = '{"jobs":[],' .. chunks end
  return fields
end

-- The same as `jobWithState` of a part of a pack. Its fields have the id of the pack, the position
-- of the part, and `inOrder` of the pack.
local function partWithState(pack, position)
  local fields, state = fieldsInPack(pack, position)
  addAll(fields, 'pack', pack.id, 'packPosition', string.format('%d', position))
  if pack.inOrder then addAll(fields, 'inOrder', pack.inOrder) end
  return { withRelatives(pack.base, fields), state, {} }
end

local function packedWithState(base, id)
  local pack, position = packWith(base, id)
  return pack and partWithState(pack, position)
end

-- The state of a job that is stored by itself.
local function storedState(base, id)
  local key = base .. id
  if hasField(key, 'finishedOn') then return 'finished' end
  if isHeld(key) then return 'active' end
  if redis.call('ZSCORE', base .. 'delayed', id) then return 'delayed' end
  if redis.call('ZSCORE', base .. 'waiting-children', id) then return 'waiting-children' end
  return hasField(key, 'deferred') and 'deferred' or 'waiting'
end

-- Returns { fields, state, annotations }; nil where there is no such job.
local function jobWithState(base, id)
  local key = base .. id
  -- BullMQ keeps other keys beside the jobs, such as `<base>meta`.
  local kind = redis.call('TYPE', key).ok
  if kind ~= 'hash' and kind ~= 'none' then return nil end
  if not isStored(key) then return packedWithState(base, id) end
  local state = storedState(base, id)
  -- A key of another type holds no annotations (B1).
  local annotations = redis.pcall('HGETALL', key .. ':annotations')
  local fields = withoutNames(withRelatives(base, shortFields(key)))
  return { fields, state, annotations.err and {} or annotations }
end

-- The number of claims since the put, or since the job was let run again (O3).
local function claimsOf(claims, claimsBefore)
  return tonumber(claims or 0) - tonumber(claimsBefore or 0)
end

-- The token in a lock; nil where there is none, or a value that is no token (B1): no client could
-- name a token that is not ASCII.
local function holderOf(lockKey)
  local holder = redis.pcall('GET', lockKey)
  return type(holder) == 'string' and not string.find(holder, '[\128-\255]') and holder or nil
end

-- Whether `holder` may change the job. holder: the token of its lock, or its owner while it waits;
-- '' for a job without a lock that has a verdict, and has not ended.
local function isOwnedBy(jobKey, lockKey, holder)
  local lock = redis.call('GET', lockKey)
  local owner, verdict, finishedOn = fieldsOf(jobKey, 'waitingOwner', 'verdict', 'finishedOn')
  return lock == holder or owner == holder
    or holder == '' and not lock and verdict and not finishedOn
end
