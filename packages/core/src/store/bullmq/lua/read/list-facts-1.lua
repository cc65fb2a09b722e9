--[[
  Reads what decides whether jobs belong to a list that people ask for, without the jobs themselves.

  KEYS: source (the list of BullMQ that they stand in; not read)
  ARGV: prefix, then the ids of the jobs
  Reply: for each job its task ('' where it is gone), how often it was claimed, whether it has
         suspended itself, and whether it has its result (1 or 0)
]]
--- @include "claims-of"
local prefix = ARGV[1]

local facts = {}
for i = 2, #ARGV do
  local key = prefix .. ARGV[i]
  local task, claims, before = unpack(redis.call('HMGET', key, 'name', 'ats', 'claimsBefore'))
  facts[#facts + 1] = task or ''
  facts[#facts + 1] = claimsOf(claims, before)
  facts[#facts + 1] = redis.call('HEXISTS', key, 'manifest')
  facts[#facts + 1] = redis.call('HEXISTS', key, 'result')
end
return facts
