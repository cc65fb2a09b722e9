--[[
  Frees slots whose holders do not hold them any more (Q5), and wakes the jobs that wait for them.
  Only a loss between two steps, or another program, leaves such slots.

  KEYS: quotas (name to size)
  ARGV: queueBase
  Reply: the number of quotas
  Events: 'waiting' for each job that is woken
]]
--- @include "quotas"
local queueBase = ARGV[1]
local prefix = splitBase(queueBase .. ':')

local names = redis.call('HKEYS', KEYS[1])
if #names == 0 then return 0 end
for _, name in ipairs(names) do
  dropDeadHolders(prefix, queueBase, name)
  for _, base in ipairs(laneBases(queueBase)) do dropDeadFirst(base, name) end
  wakeQueued(queueBase, name)
end
return #names
