-- Long fields of jobs. Redis copies each value that a script reads or writes, and holds up all
-- clients meanwhile. So scripts leave long ones out of their replies, and clients read these
-- afterwards by a plain command. The field `longFields` of a job has the names of those that may be
-- long.
--- @include "job-key"

-- In bytes. The same as in TypeScript.
local LONG = 200000

local function isAmong(names, name)
  return string.find(' ' .. names .. ' ', ' ' .. name .. ' ', 1, true) ~= nil
end

-- Notes that a script has given a job this field. value: what it has written.
local function noteLong(key, field, value)
  if #value <= LONG then return end
  local names = redis.call('HGET', key, 'longFields')
  if names and isAmong(names, field) then return end
  redis.call('HSET', key, 'longFields', names and names .. ' ' .. field or field)
end

-- All fields of a job, without those that `longFields` names: name, value, name, value … In the
-- reply `longFields` has the names of those that were left out.
local function shortFields(key)
  local names = redis.call('HGET', key, 'longFields')
  if not names then return redis.call('HGETALL', key) end
  local fields, left = {}, {}
  for _, field in ipairs(redis.call('HKEYS', key)) do
    if isAmong(names, field) then
      left[#left + 1] = field
    elseif field ~= 'longFields' then
      fields[#fields + 1] = field
      fields[#fields + 1] = redis.call('HGET', key, field)
    end
  end
  fields[#fields + 1] = 'longFields'
  fields[#fields + 1] = table.concat(left, ' ')
  return fields
end

-- The manifest of a job; a long one without the names of the children.
local function manifestOf(key)
  return redis.call('HGET', key, 'shortManifest') or redis.call('HGET', key, 'manifest')
end

-- Stores a manifest. The names of the children come first in it.
local function storeManifest(key, manifest)
  redis.call('HSET', key, 'manifest', manifest)
  if #manifest <= LONG then return end
  noteLong(key, 'manifest', manifest)
  local rest = string.find(manifest, '],', 1, true)
  redis.call('HSET', key, 'shortManifest', '{"jobs":[' .. string.sub(manifest, rest))
end
