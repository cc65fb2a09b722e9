-- The turns of the keys of a quota (Q9). A job that names `team/acme` comes into the *line* of its
-- key. The keys of a lane take turns: a key whose first job may begin is behind all others in
-- `turns`. When its turn comes, that job, and no other one of its key, is *on turn*: it is claimed
-- as any job with quotas. When it has taken its slots, its key goes behind the others again. So a
-- key with very many jobs delays one with few of them by one job in each round, and nothing is kept
-- of a key that has no job. Sets of a lane: `line` of a key (its jobs by arrival), `turn` of a key
-- (its job on turn), `turns` of the quota (its keys by their turns), `turn` of the quota (the jobs
-- on turn that have not tried). A job that names several keys takes turns by the first one; the
-- others are plain quotas for it.
--- @include "quota-order"

-- So many jobs of a quota are on turn in a lane at a time. With fewer, agents would wait for the
-- next turn; with more, these would hold up jobs of a lower priority number for longer.
local MOST_ON_TURN = 50

-- By which key a job takes turns: the name and its quota; nil for a job without keys.
local function turnNameOf(names)
  for _, name in ipairs(names) do
    local quota = keyedQuotaOf(name)
    if quota then return name, quota end
  end
end

-- The names of the keys that have jobs, as the fields of a hash.
local function keysInUse(queueBase, quota) return limitKey(queueBase, quota) .. ':keys' end

-- Returns whether the key had no job before.
local function noteKeyInUse(base, name, quota)
  local _, queueBase = splitBase(base)
  return redis.call('HSET', keysInUse(queueBase, quota), name, 1) == 1
end

local function holdsSlot(base, name, id)
  local prefix, queueBase = splitBase(base)
  local member = string.sub(base, #prefix + 1) .. id
  return redis.call('HEXISTS', holdersKey(queueBase, name), member) == 1
end

-- The numbers of this priority and of those before it are below (Q7).
local function endOfPriority(number)
  local following = (math.floor(tonumber(number) / 0x100000000) + 1) * 0x100000000
  return string.format('%.0f', following)
end

-- Whether one more job of the priority of this number may be on turn.
local function hasRoomForTurn(base, quota, number)
  local before = redis.call('ZCOUNT', laneKey(base, quota, 'turn'), '-inf',
    '(' .. endOfPriority(number))
  return before < MOST_ON_TURN
end

-- Whether a job of the line of a key may be on turn: none of its priority is, and a slot is free.
-- Where others of the same lane wait for the slots already, the job waits with them, in their
-- order.
local function mayBeOnTurn(base, name, number)
  local last = endOfPriority(number)
  local onTurn = redis.call('ZCOUNT', laneKey(base, name, 'turn'), '-inf', '(' .. last)
  if onTurn > 0 then return false end
  return (freeSlots(base, name, last) or 1) > 0
    or redis.call('EXISTS', laneKey(base, name, 'queued')) == 1
end

-- A key whose line has a job that may be on turn takes its turn behind the other keys, or behind
-- those whose jobs have its priority (Q7). A key that waits for its turn keeps its place.
local function joinTurns(base, name, quota)
  local id = unpack(redis.call('ZRANGE', laneKey(base, name, 'line'), 0, 0))
  if not id then return end
  local turnsKey, last = laneKey(base, quota, 'turns'), nextNumber(base, priorityOf(base .. id))
  local number = redis.call('ZSCORE', turnsKey, name)
  if number and tonumber(number) <= tonumber(last) then return end
  if mayBeOnTurn(base, name, last) then redis.call('ZADD', turnsKey, last, name) end
end

local function beOnTurn(base, id, name, quota, arrival)
  redis.call('ZADD', laneKey(base, name, 'turn'), arrival, id)
  redis.call('ZADD', laneKey(base, quota, 'turn'), arrival, id)
end

-- Whether a job that has just arrived may be on turn, among the jobs of its key. A key without
-- other jobs has all of its slots.
local function mayArriveOnTurn(base, name, arrival, isNewKey)
  -- The starts of a key count also while it has no job.
  if isNewKey and not rateLimitOf(name) then
    local _, queueBase = splitBase(base)
    return (tonumber(sizeOfQuota(queueBase, name) or 1) or 0) > 0
  end
  return redis.call('ZCOUNT', laneKey(base, name, 'line'), '-inf', '(' .. arrival) == 0
    and mayBeOnTurn(base, name, arrival)
end

-- Lets a job that has just arrived be on turn, or go into the line of its key. Returns whether it
-- waits there. A job without keys, or that has kept its slots, does not.
local function goesIntoLine(base, names, id, arrival)
  local name, quota = turnNameOf(names)
  if not name then return false end
  local isNewKey, turnsKey = noteKeyInUse(base, name, quota), laneKey(base, quota, 'turns')
  if not isNewKey and holdsSlot(base, name, id) then return false end
  local mayBe = mayArriveOnTurn(base, name, arrival, isNewKey)
  if mayBe and redis.call('ZCOUNT', turnsKey, '-inf', '(' .. arrival) == 0
    and hasRoomForTurn(base, quota, arrival) then
    beOnTurn(base, id, name, quota, arrival)
    return false
  end
  parkIn(base, name, 'line', id, arrival)
  -- The number of its first job is that of the key.
  local number = mayBe and not isNewKey and redis.call('ZSCORE', turnsKey, name)
  if mayBe and (not number or tonumber(arrival) < tonumber(number)) then
    redis.call('ZADD', turnsKey, arrival, name)
  end
  return true
end

-- Whether a job has had its turn: it is on turn, or it has run and keeps its place (Q4).
local function hasHadTurn(base, names, id)
  local name = turnNameOf(names)
  return not name or redis.call('ZSCORE', laneKey(base, name, 'turn'), id)
    or redis.call('ZSCORE', laneKey(base, name, 'woken'), id)
end

-- The job has taken its slots, or does not wait any more.
local function endTurn(base, names, id)
  local name, quota = turnNameOf(names)
  if not name then return end
  redis.call('ZREM', laneKey(base, name, 'line'), id)
  redis.call('ZREM', laneKey(base, name, 'turn'), id)
  redis.call('ZREM', laneKey(base, quota, 'turn'), id)
end
