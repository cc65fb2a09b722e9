--[[
  Frees slots that nobody holds any more, which only a loss between two steps or a foreign hand can leave (Q5); wakes who waits.

  KEYS: quotas (name to size)
  ARGV: queueBase (of the queue's keys, without the last colon)
  Reply: the number of the quotas
  Events: 'waiting' for each job that is woken
]]
--- @include "quotas"
local queueBase = ARGV[1]
local root = splitBase(queueBase .. ':')

local function dropDeadWoken(base, name)
  local key = laneKey(base, name, 'woken')
  for _, id in ipairs(redis.call('ZRANGE', key, 0, -1)) do
    local task, finishedOn = unpack(redis.pcall('HMGET', base .. id, 'name', 'finishedOn'))
    if not task or finishedOn or redis.call('ZSCORE', base .. 'delayed', id) then redis.call('ZREM', key, id) end
  end
end

local names = redis.call('HKEYS', KEYS[1])
if #names == 0 then return 0 end
for _, name in ipairs(names) do
  dropDeadHolders(root, queueBase, name)
  for _, base in ipairs(laneBases(queueBase)) do dropDeadWoken(base, name) end
  wakeWaiters(queueBase, name)
end
return #names
