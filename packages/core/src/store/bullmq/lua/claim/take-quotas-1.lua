--[[
  Takes a slot of each quota of a claimed job, and a start of each of its rate limits, or parks the
  job (Q5), where one of them is full or the turn of its key has not come (Q9). It can be repeated
  after a lost reply.

  KEYS: job
  ARGV: token, base (of its lane), jobId, starts ('1': its task is to be called; '0')
  Reply: 1 it has the slots; 0 it is parked, and the claim has ended; { 1 or 0, the ms until a rate
         limit opens, at which the caller looks }; the name of an unknown quota, or `rate:` and that
         of a rate limit; -6 another holder has the job
  Events: 'waiting' where it is parked, and for each job that may try now
]]
--- @include "quotas"
local jobKey = KEYS[1]
local lockKey = jobKey .. ':lock'
local token, base, jobId, starts = unpack(ARGV)
-- A check of the holders of a full quota costs as much as the quota has slots. ms.
local CHECK_EVERY = 1000

if redis.call('GET', lockKey) ~= token then return -6 end
local named, priority = quotasOf(jobKey)
local prefix, queueBase = splitBase(base)
local member = string.sub(base, #prefix + 1) .. jobId
local turnName, turnQuota = turnNameOf(named)
-- A job that was woken to join its children does not start.
local names = {}
for _, name in ipairs(named) do
  if starts == '1' or not rateLimitOf(name) then names[#names + 1] = name end
end

local function hasTaken(name)
  if rateLimitOf(name) then return startedUnder(queueBase, name, token) end
  return redis.call('HEXISTS', holdersKey(queueBase, name), member) == 1
end

-- Returns the ms until a rate limit opens, if the caller is to look then.
local function takeFrom(name)
  if rateLimitOf(name) then
    if hasTaken(name) then return nil end
    recordStart(queueBase, name, token)
    local doWait
    if keyedQuotaOf(name) then doWait = jobsWait(queueBase, name)
    else doWait = hasWaiting(queueBase, name) end
    return doWait and noteOpening(queueBase, name) or nil
  end
  redis.call('HSET', holdersKey(queueBase, name), member, token)
  if keyedQuotaOf(name) then noteKeyInUse(base, name, keyedQuotaOf(name)) end
end

local function replyWith(done, opensIn) return opensIn and { done, opensIn } or done end

local function dropFromAll()
  for _, name in ipairs(named) do dropFromOrder(base, name, jobId) end
end

local function take()
  local opensIn
  for _, name in ipairs(names) do opensIn = takeFrom(name) or opensIn end
  dropFromAll()
  if turnName then
    endTurn(base, named, jobId)
    passTurn(base, turnName, turnQuota)
  end
  -- It was perhaps one of the few woken jobs of a limit or a quota that is open for many.
  for _, name in ipairs(named) do
    if not rateLimitOf(name) then
      wakeInLane(base, name)
    elseif keyedQuotaOf(name) or hasWaiting(queueBase, name) then
      wakeQueued(queueBase, name)
    end
  end
  return replyWith(1, opensIn)
end

-- The job is parked by now.
local function endClaimAsParked()
  redis.call('DEL', lockKey)
  redis.call('LREM', base .. 'active', -1, jobId)
  emit(base, 'waiting', jobId, 'prev', 'active')
end

-- A job that waited for its children has kept its slots.
local holdsAll = true
for _, name in ipairs(names) do holdsAll = holdsAll and hasTaken(name) end
if holdsAll then return take() end
-- All or none: a check has freed some of the slots of a delayed job, so the others are freed too.
for _, name in ipairs(names) do
  if not rateLimitOf(name) then redis.call('HDEL', holdersKey(queueBase, name), member) end
end

for _, name in ipairs(names) do
  if not slotsLeft(queueBase, name) then return name end
end
-- A job that came to the head of its lane has no number yet, and its key has had no turn.
local isNew = not hasHadTurn(base, named, jobId)
local arrival = not isNew and redis.call('HGET', jobKey, 'quotaArrival')
  or newArrival(base, jobId, priority)
if isNew then dropFromAll() end
if isNew and goesIntoLine(base, named, jobId, arrival) then
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
  and redis.call('SET', limitKey(queueBase, full) .. ':checked', 1, 'NX', 'PX', CHECK_EVERY)
  and hasDropped(full) do
  full = firstFull(base, names, arrival)
end
if not full then return take() end

dropFromAll()
-- It stays the one job of its key that is on turn. The other keys go on.
if turnName then redis.call('ZREM', laneKey(base, turnQuota, 'turn'), jobId) end
local opensIn = parkIn(base, full, 'queued', jobId, arrival)
endClaimAsParked()
-- It may have been before other jobs in its other quotas.
for _, name in ipairs(named) do wakeQueued(queueBase, name) end
return replyWith(0, opensIn)
