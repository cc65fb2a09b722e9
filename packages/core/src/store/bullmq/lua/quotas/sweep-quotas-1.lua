--[[
  Frees slots that nobody holds any more, which only a loss between two steps or a foreign hand can
  leave (Q5); wakes who waits.

  KEYS: quotas (name to size)
  ARGV: queueBase (of the queue's keys, without the last colon)
  Reply: the number of the quotas
  Events: 'waiting' for each job that is woken
]]
--- @include "quotas"
local queueBase = ARGV[1]
local root = splitBase(queueBase .. ':')

local names = redis.call('HKEYS', KEYS[1])
if #names == 0 then return 0 end
for _, name in ipairs(names) do
  dropDeadHolders(root, queueBase, name)
  for _, base in ipairs(laneBases(queueBase)) do dropDeadFirst(base, name) end
  wakeQueued(queueBase, name)
end
return #names
