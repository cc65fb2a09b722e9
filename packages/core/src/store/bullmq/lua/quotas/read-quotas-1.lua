--[[
  Reads the quotas of a queue.

  KEYS: quotas (name to size)
  ARGV: queueBase, name ('' for all; that of a quota, or of one of its keys)
  Reply: for each { name, size, number of queued jobs, number of holders, { holder, … } }, 1,000
         holders at most, each as `<BullMQ queue>:<id>`. Of a quota with keys: { `name/`, size,
         number of keys in use }
]]
--- @include "quotas"
--- @include "some-holders"
local queueBase, wanted = ARGV[1], ARGV[2]

local function read(name)
  local size = tonumber(sizeOfQuota(queueBase, name)) or 0
  local held, holders = someHolders(queueBase, name)
  return { name, size, countQueued(queueBase, name), held, holders }
end

-- A name with a key is not among the names of quotas.
if string.match(wanted, '/.') then
  return sizeOfQuota(queueBase, wanted) and { read(wanted) } or {}
end
local found = {}
for _, name in ipairs(redis.call('HKEYS', KEYS[1])) do
  if name == wanted .. '/' or wanted == '' and keyedQuotaOf(name) then
    local size = tonumber(sizeOfQuota(queueBase, name)) or 0
    found[#found + 1] = { name, size, redis.call('HLEN', keysInUse(queueBase, name)) }
  elseif wanted == '' or wanted == name then
    found[#found + 1] = read(name)
  end
end
return found
