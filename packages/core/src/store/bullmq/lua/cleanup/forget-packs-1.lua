--[[
  Forgets packs that another program has removed (O6): the entries by which their parts are found,
  and the values of parts. BullMQ's tools know none of these.

  KEYS: packs
  ARGV: base (of the lane), turn (the number of the call: where there are many entries, each turn
        looks at others)
  Reply: the number of entries that were dropped
]]
--- @include "packs"
local packsKey = KEYS[1]
local base, turn = ARGV[1], tonumber(ARGV[2])
local PAGE = 300

-- A foreign key in the place of the set has no entries (B1).
local count = redis.pcall('ZCARD', packsKey)
if type(count) ~= 'number' or count == 0 then return 0 end
local first = count > PAGE and turn * PAGE % count or 0
local dropped = 0
for _, member in ipairs(redis.call('ZRANGE', packsKey, first, first + PAGE - 1)) do
  local packId = string.match(member, ':(.*)$')
  if packId and redis.call('EXISTS', base .. packId) == 0 then
    redis.call('ZREM', packsKey, member)
    uncountPack(base, packId)
    redis.call('UNLINK', base .. packId .. ':values')
    dropped = dropped + 1
  end
end
return dropped
