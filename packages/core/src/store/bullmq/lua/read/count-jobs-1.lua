--[[
  Counts the jobs of a lane by their states, with the parts of packs. It costs the same however many
  jobs there are: it looks at single jobs at the head of `wait`, and at those that are claimed.

  KEYS: wait
  ARGV: base, depth (so many jobs at the head of `wait`, and of `delayed`, are looked at),
        mostActive (so many claimed ones are)
  Reply: how many are due, not due, parked, active, in callbacks, succeeded, failed, dead letters;
         how many of the due, delayed and active ones that were looked at are cancels
]]
--- @include "bullmq-lists"
local waitKey = KEYS[1]
local base, depth, mostActive = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local UNFINISHED, FINISHED = base .. 'unfinished-packs', base .. 'finished-packs'

-- The parts of the packs in a set, beside the one that each pack counts as in its list. The sizes
-- are few, however many packs there are. A foreign key in the place of the set has none (B1).
local function morePartsIn(key)
  local parts, size = 0, 0
  while true do
    local found = redis.pcall('ZRANGEBYSCORE', key, '(' .. size, '(inf', 'WITHSCORES',
      'LIMIT', 0, 1)
    if found.err or not found[1] then return parts end
    size = tonumber(found[2])
    parts = parts + (size - 1) * redis.call('ZCOUNT', key, size, size)
  end
end

-- Of a pack under way, how many of its parts have ended, and its number of parts where they all
-- have the state of the pack. Nil for any other job. A foreign key has no parts (B1).
local function partsOf(id)
  if string.sub(id, 15, 15) ~= '8' then return nil end
  local ended = redis.pcall('LLEN', base .. id .. ':values')
  local size = redis.pcall('ZSCORE', UNFINISHED, id)
  return type(ended) == 'number' and ended or 0, type(size) == 'string' and tonumber(size) or 1
end

local cancels = 0
local function lookForCancels(ids)
  for _, id in ipairs(ids) do
    if string.find(id, '.cancel.', 1, true) then cancels = cancels + 1 end
  end
end

local delayedKey = base .. 'delayed'
local notDue = redis.call('ZCOUNT', delayedKey, string.format('%.0f', (redisTime() + 1) * 0x1000),
  '+inf')
local prioritizedKey = base .. 'prioritized'
local due = redis.call('LLEN', waitKey) + redis.call('ZCARD', prioritizedKey)
  + redis.call('ZCARD', delayedKey) - notDue + morePartsIn(UNFINISHED)
local active = redis.call('LLEN', base .. 'active') + countWaiting(base, WAITS_FOR_JOBS)
local callbacks = countWaiting(base, WAITS_FOR_CALLBACKS)
local completedKey = base .. 'completed'
local succeeded = redis.call('ZCARD', completedKey) + morePartsIn(FINISHED)

local claimed = redis.call('LRANGE', base .. 'active', 0, mostActive - 1)
lookForCancels(claimed)
for _, id in ipairs(claimed) do
  local ended, size = partsOf(id)
  if ended then
    due, active, succeeded = due - (size - 1), active + size - 1, succeeded + ended
  end
end
local head = redis.call('LRANGE', waitKey, -depth, -1)
lookForCancels(head)
for _, id in ipairs(head) do
  -- A key of another type has no fields (B1).
  local manifest, result = unpack(redis.pcall('HMGET', base .. id, 'manifest', 'result'))
  if manifest or result then due = due - 1 end
  if result then callbacks = callbacks + 1
  elseif manifest then active = active + 1 end
  succeeded = succeeded + (partsOf(id) or 0)
end
-- No job with a priority has begun, but a pack that was put back may have steps that ended (Q7).
for _, id in ipairs(redis.call('ZRANGE', prioritizedKey, 0, depth - 1)) do
  succeeded = succeeded + (partsOf(id) or 0)
end
lookForCancels(redis.call('ZRANGE', delayedKey, 0, depth - 1))
local deadLetters = redis.pcall('HLEN', base .. 'dead-letters')
if type(deadLetters) ~= 'number' then deadLetters = 0 end
return { due, notDue, redis.call('ZCARD', base .. 'parked'), active, callbacks, succeeded,
  redis.call('ZCARD', base .. 'failed'), deadLetters, cancels }
