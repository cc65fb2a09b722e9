-- Reads of a job only what decides its status: other jobs are named in an explanation (O4).
--- @include "job-state"

-- Returns { key, task, state, claims, hasManifest, hasResult }, the last two being 1 or 0.
local function briefInPack(pack, position)
  local state = stateInPack(pack, position)
  local claims = (state == 'active' or state == 'finished') and 1 or 0
  local id, task = unpack(pack.parts[position])
  return { pack.base .. id, task, state, claims, 0, state == 'finished' and 1 or 0 }
end

-- The same of any job; { key, '' } where none is stored there. A foreign key is no job (B1).
local function briefOf(key)
  local base, id = splitJobKey(key)
  local found = redis.pcall('HMGET', key, 'name', 'ats', 'claimsBefore')
  if found.err then return { key, '' } end
  local name, claims, before = unpack(found)
  if name then
    return { key, name, storedState(base, id), claimsOf(claims, before),
      redis.call('HEXISTS', key, 'manifest'), redis.call('HEXISTS', key, 'result') }
  end
  local pack, position = packWith(base, id)
  return pack and briefInPack(pack, position) or { key, '' }
end
