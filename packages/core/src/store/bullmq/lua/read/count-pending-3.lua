--[[
  Counts the pending jobs of a lane: waiting, parked and delayed ones. Suspended jobs that were
  woken do not count.

  KEYS: wait, delayed, parked
  ARGV: base, depth (the number of jobs at the head of `wait` among which woken ones are looked for)
  Reply: the number
]]
--- @include "job-key"
local waitKey, delayedKey, parkedKey = KEYS[1], KEYS[2], KEYS[3]
local base, depth = ARGV[1], tonumber(ARGV[2])

local count = redis.call('LLEN', waitKey) + redis.call('ZCARD', delayedKey)
  + redis.call('ZCARD', parkedKey)
for _, id in ipairs(redis.call('LRANGE', waitKey, -depth, -1)) do
  local manifest, result = fieldsOf(base .. id, 'manifest', 'result')
  if manifest or result then count = count - 1 end
end
return count
