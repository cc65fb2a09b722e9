--[[
  Takes a slot of each quota of a claimed job, or parks the job (Q5), where a quota is full or the
  turn of its key has not come (Q9). It can be repeated after a lost reply.

  KEYS: job
  ARGV: token, base (of its lane), jobId
  Reply: 1 it has the slots; 0 it is parked, and the claim has ended; the name of an unknown quota;
         -6 another holder has the job
  Events: 'waiting' where it is parked, and for each job that may try now
]]
--- @include "quotas"
local jobKey = KEYS[1]
local lockKey = jobKey .. ':lock'
local token, base, jobId = unpack(ARGV)
-- A check of the holders of a full quota costs as much as the quota has slots. ms.
local CHECK_EVERY = 1000

if redis.call('GET', lockKey) ~= token then return -6 end
local names, priority = quotasOf(jobKey)
local prefix, queueBase = splitBase(base)
local member = string.sub(base, #prefix + 1) .. jobId
local turnName, turnQuota = turnNameOf(names)

local function take()
  for _, name in ipairs(names) do
    redis.call('HSET', holdersKey(queueBase, name), member, token)
    dropFromOrder(base, name, jobId)
    if keyedQuotaOf(name) then noteKeyInUse(base, name, keyedQuotaOf(name)) end
  end
  if turnName then
    endTurn(base, names, jobId)
    passTurn(base, turnName, turnQuota)
  end
  return 1
end

local function dropFromAll()
  for _, name in ipairs(names) do dropFromOrder(base, name, jobId) end
end

-- The job is parked by now.
local function endClaimAsParked()
  redis.call('DEL', lockKey)
  redis.call('LREM', base .. 'active', -1, jobId)
  emit(base, 'waiting', jobId, 'prev', 'active')
end

-- A job that waited for its children has kept its slots.
local holdsAll = true
for _, name in ipairs(names) do
  if redis.call('HEXISTS', holdersKey(queueBase, name), member) == 0 then holdsAll = false end
end
if holdsAll then return take() end
-- All or none: a check has freed some of the slots of a delayed job, so the others are freed too.
for _, name in ipairs(names) do redis.call('HDEL', holdersKey(queueBase, name), member) end

for _, name in ipairs(names) do
  if not sizeOfQuota(queueBase, name) then return name end
end
-- A job that came to the head of its lane has no number yet, and its key has had no turn.
local isNew = not hasHadTurn(base, names, jobId)
local arrival = not isNew and redis.call('HGET', jobKey, 'quotaArrival')
  or newArrival(base, jobId, priority)
if isNew then dropFromAll() end
if isNew and goesIntoLine(base, names, jobId, arrival) then
  endClaimAsParked()
  giveTurns(base, turnQuota)
  return 0
end

local function hasDropped(name)
  local isFreed = dropDeadHolders(prefix, queueBase, name)
  return dropDeadFirst(base, name) or isFreed
end

local full = firstFull(base, names, arrival)
while full
  and redis.call('SET', queueBase .. ':quota:' .. full .. ':checked', 1, 'NX', 'PX', CHECK_EVERY)
  and hasDropped(full) do
  full = firstFull(base, names, arrival)
end
if not full then return take() end

dropFromAll()
-- It stays the one job of its key that is on turn. The other keys go on.
if turnName then redis.call('ZREM', laneKey(base, turnQuota, 'turn'), jobId) end
parkIn(base, full, 'queued', jobId, arrival)
endClaimAsParked()
-- It may have been before other jobs in its other quotas.
for _, name in ipairs(names) do wakeQueued(queueBase, name) end
return 0
