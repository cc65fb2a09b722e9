-- Lets the next jobs of the keys of a quota be on turn (Q9), see `turns`.
--- @include "bullmq-lists"
--- @include "turns"

-- So many jobs at the head of a lane are looked through for the place of a job.
local NEAR_HEAD = 100
-- So many keys are looked at in one call: some of them may have no free slot by now.
local MOST_TURNS = 100

-- Puts a job without a priority behind the first jobs of its lane. first: their ids, as in the
-- list.
local function pushBehindFirst(base, id, first)
  local waitKey = base .. 'wait'
  if #first > 0 then redis.call('LTRIM', waitKey, 0, -#first - 1) end
  pushToHead(base, id, nil, 0)
  if #first > 0 then redis.call('RPUSH', waitKey, unpack(first)) end
end

local function putAtOf(base, id)
  return tonumber(redis.pcall('HGET', base .. id, 'timestamp')) or 0
end

-- Whether a job was put before another one. Ids rise with the time at which a process makes jobs:
-- they tell the order within a ms.
local function wasPutBefore(base, id, other, otherPutAt)
  local putAt = putAtOf(base, id)
  return putAt < otherPutAt or (putAt == otherPutAt and id < other)
end

-- Puts a job that is on turn into its lane: behind the others that are on turn, and behind the jobs
-- at the head that were put before it, so that no job without keys waits for ever (Q1). With a
-- priority it goes behind the others of that.
local function pushOnTurn(base, id, quota, priority)
  if priority > 0 then return addToWait(base, id, 'LPUSH', priority) end
  local near = redis.call('LRANGE', base .. 'wait', -NEAR_HEAD, -1)
  local onTurn = {}
  for _, other in ipairs(redis.call('ZRANGE', laneKey(base, quota, 'turn'), 0, -1)) do
    onTurn[other] = other ~= id
  end
  local first = 1
  while first <= #near and not onTurn[near[first]] do first = first + 1 end
  local putAt = putAtOf(base, id)
  while first > 1 and wasPutBefore(base, near[first - 1], id, putAt) do first = first - 1 end
  pushBehindFirst(base, id, { unpack(near, first) })
end

-- Lets the first job of the line of a key be on turn, if it may. One that another program has
-- deleted leaves the line.
local function giveTurn(base, name, quota)
  local lineKey = laneKey(base, name, 'line')
  local id, number = unpack(redis.call('ZRANGE', lineKey, 0, 0, 'WITHSCORES'))
  if not id or not mayBeOnTurn(base, name, number) then return end
  redis.call('ZREM', lineKey, id)
  redis.call('ZREM', base .. 'parked', id)
  if redis.call('EXISTS', base .. id) == 0 then return joinTurns(base, name, quota) end
  local names, priority = quotasOf(base .. id)
  local arrival = newArrival(base, id, priority)
  beOnTurn(base, id, name, quota, arrival)
  noteComing(base, names, id, arrival)
  pushOnTurn(base, id, quota, priority)
end

local function giveTurns(base, quota)
  local turnsKey = laneKey(base, quota, 'turns')
  for _ = 1, MOST_TURNS do
    local name, number = unpack(redis.call('ZRANGE', turnsKey, 0, 0, 'WITHSCORES'))
    if not name or not hasRoomForTurn(base, quota, number) then return end
    redis.call('ZREM', turnsKey, name)
    giveTurn(base, name, quota)
  end
end

-- A slot of a key of a quota is free, or its job has had its turn: the key goes behind the others,
-- and the next ones have their turns.
local function passTurn(base, name, quota)
  joinTurns(base, name, quota)
  giveTurns(base, quota)
end
