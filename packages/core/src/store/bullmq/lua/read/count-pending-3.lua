--[[
  Counts the pending jobs of a lane: waiting, parked and delayed ones, and the parts of packs.
  Suspended jobs that were woken do not count.

  KEYS: wait, delayed, parked
  ARGV: base, depth (the number of jobs at the head of `wait` among which woken ones are looked for)
  Reply: the number
]]
local waitKey, delayedKey, parkedKey = KEYS[1], KEYS[2], KEYS[3]
local base, depth = ARGV[1], tonumber(ARGV[2])

-- The parts of packs of a `parallel`, beside the one that each pack counts as in its list. The
-- parts of a claimed pack are active. A pack of a `serial` counts as one job, its next step.
local function countParts()
  local packs, parts = redis.pcall('HGETALL', base .. 'pending-packs'), 0
  local areDeadLetters = #packs > 0 and redis.call('EXISTS', base .. 'dead-letters') == 1
  for i = 1, #packs, 2 do
    local packId, key = packs[i], base .. packs[i]
    -- Another program may have removed a pack.
    local isUnclaimed = redis.call('EXISTS', key, key .. ':lock') == 1
    local isDeadLetter = areDeadLetters and redis.pcall('HEXISTS', base .. 'dead-letters', packId)
    if isUnclaimed and isDeadLetter ~= 1 then
      parts = parts + (tonumber(packs[i + 1]) or 1) - 1
    end
  end
  return parts
end

local count = redis.call('LLEN', waitKey) + redis.call('ZCARD', delayedKey)
  + redis.call('ZCARD', parkedKey) + countParts()
for _, id in ipairs(redis.call('LRANGE', waitKey, -depth, -1)) do
  -- A key of another type has no fields (B1).
  local chunks, result = unpack(redis.pcall('HMGET', base .. id, 'scheduledChunks', 'result'))
  if chunks or result then count = count - 1 end
end
return count
