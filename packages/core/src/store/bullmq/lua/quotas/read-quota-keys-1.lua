--[[
  Reads some of the keys of a quota that have jobs (Q9).

  KEYS: keys (their names)
  ARGV: queueBase, cursor ('0' for the first call)
  Reply: { the cursor of the next call, or '0', { for each key: { name, number of waiting jobs,
         number of holders, { holder, … } } } }, 1,000 holders of each at most, each as
         `<BullMQ queue>:<id>`
]]
--- @include "quotas"
--- @include "some-holders"
local queueBase, cursor = unpack(ARGV)
local PIECE = 100

local page, found = redis.call('HSCAN', KEYS[1], cursor, 'COUNT', PIECE), {}
for i = 1, #page[2], 2 do
  local name = page[2][i]
  local held, holders = someHolders(queueBase, name)
  found[#found + 1] = { name, countQueued(queueBase, name), held, holders }
end
return { page[1], found }
