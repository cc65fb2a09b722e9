--[[
  Frees slots whose holders do not hold them any more (Q5), and wakes the jobs that wait for them.
  Only a loss between two steps, or another program, leaves such slots. Quotas with keys are left to
  `sweep-keyed-quota`.

  KEYS: quotas (name to size)
  ARGV: queueBase
  Reply: the names of the quotas with keys
  Events: 'waiting' for each job that is woken
]]
--- @include "quotas"
local queueBase = ARGV[1]

local names = redis.call('HKEYS', KEYS[1])
for _, limit in ipairs(redis.call('HKEYS', queueBase .. ':rate-limits')) do
  names[#names + 1] = 'rate:' .. limit
end
local keyed = {}
for _, name in ipairs(names) do
  if keyedQuotaOf(name) then keyed[#keyed + 1] = name else sweepQuota(queueBase, name) end
end
return keyed
