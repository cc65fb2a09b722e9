--[[
  Counts the pending jobs of a lane: those that wait, but for suspended ones that were woken, and those that are delayed.

  KEYS: wait, delayed
  ARGV: prefix, depth (how many of the next jobs are looked at for woken ones)
  Reply: the number
]]
local waitKey, delayedKey = KEYS[1], KEYS[2]
local prefix, depth = ARGV[1], tonumber(ARGV[2])

local count = redis.call('LLEN', waitKey) + redis.call('ZCARD', delayedKey)
for _, id in ipairs(redis.call('LRANGE', waitKey, -depth, -1)) do
  local manifest, result = unpack(redis.call('HMGET', prefix .. id, 'manifest', 'result'))
  if manifest or result then count = count - 1 end
end
return count
