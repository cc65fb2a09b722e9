--[[
  Counts the pending jobs of a lane: those that wait, but for suspended ones that were woken, those
  that wait for quotas, and those that are delayed.

  KEYS: wait, delayed, parked
  ARGV: prefix, depth (how many of the next jobs are looked at for woken ones)
  Reply: the number
]]
local waitKey, delayedKey, parkedKey = KEYS[1], KEYS[2], KEYS[3]
local prefix, depth = ARGV[1], tonumber(ARGV[2])

local count = redis.call('LLEN', waitKey) + redis.call('ZCARD', delayedKey) + redis.call('ZCARD', parkedKey)
for _, id in ipairs(redis.call('LRANGE', waitKey, -depth, -1)) do
  local manifest, result = unpack(redis.call('HMGET', prefix .. id, 'manifest', 'result'))
  if manifest or result then count = count - 1 end
end
return count
