--[[
  Reads the quotas of a queue.

  KEYS: quotas (name to size)
  ARGV: queueBase, name ('' for all)
  Reply: for each { name, size, number of queued jobs, { holder, … } }, a holder as
         `<BullMQ queue>:<id>`
]]
--- @include "quotas"
local queueBase, wanted = ARGV[1], ARGV[2]

local found = {}
for _, name in ipairs(redis.call('HKEYS', KEYS[1])) do
  if wanted == '' or wanted == name then
    local size = tonumber(redis.call('HGET', KEYS[1], name)) or 0
    local holders = redis.call('HKEYS', holdersKey(queueBase, name))
    found[#found + 1] = { name, size, countQueued(queueBase, name), holders }
  end
end
return found
