--[[
  Reads the quotas of a queue.

  KEYS: quotas (name to size)
  ARGV: queueBase (of the queue's keys, without the last colon), name ('' for all)
  Reply: { name, size, queued jobs, { holder, … } }, for each; a holder by the name of its BullMQ queue,
    and its id
]]
--- @include "quotas"
local queueBase, wanted = ARGV[1], ARGV[2]

local found = {}
for _, name in ipairs(redis.call('HKEYS', KEYS[1])) do
  if wanted == '' or wanted == name then
    local size = tonumber(redis.call('HGET', KEYS[1], name)) or 0
    found[#found + 1] = { name, size, countQueued(queueBase, name), redis.call('HKEYS', holdersKey(queueBase, name)) }
  end
end
return found
