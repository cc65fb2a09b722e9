-- How many jobs will try for a slot of a quota when they are claimed (Q5).
--- @include "quotas"

-- In all lanes.
local function countComing(queueBase, name)
  local count = 0
  for _, base in ipairs(laneBases(queueBase)) do
    dropDeadFirst(base, name)
    count = count + redis.call('ZCARD', laneKey(base, name, 'coming'))
  end
  return count
end
