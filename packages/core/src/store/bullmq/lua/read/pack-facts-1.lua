--[[
  Says which entries of a list are packs, and what decides the states of their parts, without the
  parts (docs/protocol/packs.md).

  KEYS: source (the list that has the entries; not read)
  ARGV: base, then the ids of the entries
  Reply: for each the number of its parts (0: it is no pack), how many of them have ended, whether
         they are the steps of a `serial` (1 or 0), and when the pack has ended, or was claimed
         last: ms since 1970
]]
--- @include "packs"
local base = ARGV[1]

local facts = {}
for i = 2, #ARGV do
  local key = base .. ARGV[i]
  local found = redis.pcall('HMGET', key, 'name', 'packParts', 'inOrder', 'processedOn',
    'finishedOn')
  local name, count, inOrder, claimedAt, endedAt = unpack(found)
  local parts = name == PACK and tonumber(count) or 0
  local ended = parts > 0 and redis.pcall('LLEN', key .. ':values')
  facts[#facts + 1] = parts
  -- A damaged list has no values (B1).
  facts[#facts + 1] = type(ended) == 'number' and ended or 0
  facts[#facts + 1] = inOrder and 1 or 0
  facts[#facts + 1] = tonumber(endedAt or claimedAt or 0) or 0
end
return facts
