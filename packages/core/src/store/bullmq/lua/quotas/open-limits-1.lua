--[[
  Wakes the jobs that may start since their rate limits have opened (Q9).

  KEYS: opening (the limits that have waiting jobs, each by when it opens)
  ARGV: queueBase
  Reply: { the number of limits that were looked at, the ms until the next one opens (-1: none) }
  Events: 'waiting' for each job that is woken
]]
--- @include "quotas"
local limitsKey, queueBase = KEYS[1], ARGV[1]
-- One call looks at so many limits.
local MOST = 20

local due = redis.call('ZRANGEBYSCORE', limitsKey, '-inf', exactly(exactTime()), 'LIMIT', 0, MOST)
for _, name in ipairs(due) do
  redis.call('ZREM', limitsKey, name)
  wakeQueued(queueBase, name)
  local at = jobsWait(queueBase, name) and opensAt(queueBase, name)
  if at then
    local soonest = exactTime() + lookInterval(queueBase, name)
    redis.call('ZADD', limitsKey, exactly(math.max(at, soonest)), name)
  end
end
local _, opensAtNext = unpack(redis.call('ZRANGE', limitsKey, 0, 0, 'WITHSCORES'))
return { #due, opensAtNext and math.max(0, math.ceil(tonumber(opensAtNext) - exactTime())) or -1 }
