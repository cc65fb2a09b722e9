-- Where a job is that several may have had as a new one (J12). A key of its own, by the id, says
-- under which key it is stored. The script that stores such a job first writes that key in the same
-- step. Whoever comes later, in whatever lane of whatever queue, leaves it there.
--- @include "job-key"

-- Returns the key that says so, and what stands before every key under the prefix.
local function putAtKey(base, id)
  local root = string.match(base, '^(.*:)[^:]*:$')
  return root .. 'put-at:' .. id, root
end

-- The key under which a job is stored that is not stored under `key`; nil where it is nowhere. A
-- key that names nothing is taken over.
local function putElsewhere(key)
  local base, id = splitJobKey(key)
  local atKey, root = putAtKey(base, id)
  local at = redis.pcall('GET', atKey)
  if type(at) ~= 'string' or at == key or string.sub(at, 1, #root) ~= root then return nil end
  local _, atId = splitJobKey(at)
  return atId == id and redis.pcall('HEXISTS', at, 'name') == 1 and at or nil
end

local function notePutAt(key)
  local atKey = putAtKey(splitJobKey(key))
  redis.call('SET', atKey, key)
end

-- It is removed from there.
local function forgetPutAt(key)
  local atKey = putAtKey(splitJobKey(key))
  if redis.pcall('GET', atKey) == key then redis.call('DEL', atKey) end
end

-- The set of those ids; json: '' for none.
local function sharedIn(json)
  local shared = {}
  if json ~= '' then for _, id in ipairs(cjson.decode(json)) do shared[id] = true end end
  return shared
end
