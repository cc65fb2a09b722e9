--[[
  Counts the jobs of a lane that have ended lately, and reads the times of those that have been due
  the longest. It costs the same however many jobs there are.

  KEYS: wait
  ARGV: base, within (ms), depth (so many jobs at the head of `wait` are looked at, and so many
        priorities), mostPacks (of so many ended jobs it is looked whether they are packs)
  Reply: Redis's clock in ms, how many have succeeded and failed, since when the first delayed job
         is due ('' for none), then of each other job that may be the one: timestamp, turnAt, dueAt
         and opts ('' for none)
]]
--- @include "redis-time"
local waitKey = KEYS[1]
local base, within, depth, mostPacks = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local FINISHED = base .. 'finished-packs'
-- In the set of prioritized jobs, the score of a priority begins with it (Q7).
local BAND = 0x100000000

local since = string.format('%.0f', redisTime() - within)
local succeeded = redis.call('ZCOUNT', base .. 'completed', since, '+inf')
-- A pack stands for its parts. A foreign key in the place of the set has none (B1).
local packs = redis.pcall('ZCARD', FINISHED)
if type(packs) == 'number' and packs > 0 then
  local ids = redis.call('ZRANGEBYSCORE', base .. 'completed', since, '+inf', 'LIMIT', 0, mostPacks)
  for _, id in ipairs(ids) do
    local parts = string.sub(id, 15, 15) == '8' and redis.call('ZSCORE', FINISHED, id)
    if parts then succeeded = succeeded + tonumber(parts) - 1 end
  end
end
local failed = redis.call('ZCOUNT', base .. 'failed', since, '+inf')

local delayedSince = ''
local _, score = unpack(redis.call('ZRANGE', base .. 'delayed', 0, 0, 'WITHSCORES'))
local dueAt = score and math.floor(tonumber(score) / 0x1000)
if dueAt and dueAt <= redisTime() then delayedSince = string.format('%.0f', dueAt) end

local reply = { redisTime(), succeeded, failed, delayedSince }
local function add(id)
  -- A key of another type has no fields (B1).
  local found = redis.pcall('HMGET', base .. id, 'manifest', 'result', 'timestamp', 'turnAt',
    'dueAt', 'opts')
  -- A woken job has begun.
  if found.err or found[1] or found[2] then return end
  for i = 3, 6 do reply[#reply + 1] = found[i] or '' end
end
for _, id in ipairs(redis.call('LRANGE', waitKey, -depth, -1)) do add(id) end
local after = '-inf'
for _ = 1, depth do
  local id, rank = unpack(redis.call('ZRANGEBYSCORE', base .. 'prioritized', after, '+inf',
    'WITHSCORES', 'LIMIT', 0, 1))
  if not id then break end
  add(id)
  after = string.format('%.0f', (math.floor(tonumber(rank) / BAND) + 1) * BAND)
end
return reply
