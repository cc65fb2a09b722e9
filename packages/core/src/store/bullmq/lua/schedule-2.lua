--[[
  Puts a chunk of the jobs that a claimed job waits for below it, as a BullMQ flow: all of the chunk, or nothing.
  A chunk that stands already is left as it is, so that the call can be repeated after a lost reply or an interrupt.

  KEYS: job (that waits), lock
  ARGV: token, chunk (its number, from 0), manifest (JSON), base (of the keys of the waiting job's lane), prefix (of all
        keys), timestamp, holdParent (the name of the job that must not be released before the last chunk; '' for none),
        isLast ('1' or '0'),
        then for each job, outermost first: name, task, args, options, parentName, parent (JSON), isLeaf ('1' or '0'),
        dueAt ('0': now), joined (JSON of the names of its last arguments; '' for none), callbacks (JSON; '' for none),
        mayBeThere ('1': it may be stored already, and be anybody's; '0')
  Reply: 0, -6 where somebody else holds the job, -7 where one that must be new was put already or belongs to another, or -11
        where one of them waits for this job
  Events: 'waiting', 'delayed' or 'waiting-children' for each job, in its lane
]]
--- @include "queue-lists"
--- @include "hold-callbacks"
--- @include "named-job"
--- @include "new-again"
--- @include "place-above"
--- @include "stop-joining"
--- @include "take-pending"
--- @include "waiters"
local jobKey, lockKey = KEYS[1], KEYS[2]
local token, chunk, manifest, base, prefix, timestamp, holdParent, isLast = unpack(ARGV, 1, 8)
local FIRST, FIELDS = 9, 11

if redis.call('GET', lockKey) ~= token then return -6 end
local stopped, scheduledChunks, retriedBy = unpack(redis.call('HMGET', jobKey, 'stopped', 'scheduledChunks', 'retriedBy'))
if tonumber(scheduledChunks or 0) > tonumber(chunk) then return 0 end
-- It was let run again: what succeeded is linked as it stands, the rest runs again (O3).
local isAgain = retriedBy ~= false

local function keyOf(name)
  local jobBase, id = placeOf(name, base, prefix)
  return jobBase .. id
end

local holdBase, holdId = placeOf(holdParent, base, prefix)
local holdKey = holdBase .. holdId .. ':dependencies'
-- Not a job: keeps the dependencies of holdParent from running empty while chunks are still to come.
local hold = holdBase .. 'scheduling-' .. holdId

-- BullMQ knows one job above another: who comes later is told of the end by a script of its own, and so is who waits for a callback.
local function isOthers(key, parentKey)
  local oldParentKey, held = unpack(redis.call('HMGET', key, 'parentKey', 'held'))
  return held or oldParentKey and oldParentKey ~= parentKey and redis.call('EXISTS', oldParentKey) == 1
end

-- A job that is there already is linked below its parent as it stands.
local function link(name, parentKey, parent)
  local jobBase, id = placeOf(name, base, prefix)
  local key = jobBase .. id
  local others = isOthers(key, parentKey)
  local isInPlace = isAgain and redis.call('HGET', key, 'parentKey') == parentKey
  if not others and not isInPlace then
    redis.call('HSET', key, 'parentKey', parentKey, 'parent', parent)
    -- It was taken back, and runs still.
    local isPart = isAgain and redis.call('HGET', key, 'partOf') == jobKey
    if not isPart then redis.call('HSET', key, 'linked', 1) end
  end
  if others and redis.call('HEXISTS', key, 'finishedOn') == 1 then addNeeded(key, { parentKey }) end
  if redis.call('ZSCORE', jobBase .. 'completed', id) then
    redis.call('HSET', parentKey .. ':processed', key, redis.call('HGET', key, 'returnvalue') or 'null')
  elseif redis.call('ZSCORE', jobBase .. 'failed', id) then
    redis.call('HSET', parentKey .. ':failed', key, redis.call('HGET', key, 'failedReason') or '')
  else
    redis.call('SADD', parentKey .. ':dependencies', key)
    if others then addWaiter(key, parentKey) end
  end
end

-- Lets a job wait for its turn, or begin.
local function release(jobBase, id, parentKey, isLeaf, dueAt, delay)
  redis.call('SADD', parentKey .. ':dependencies', jobBase .. id)
  if isLeaf ~= '1' then
    pushToWaitingChildren(jobBase, id, timestamp)
  elseif delay > 0 then
    pushToDelayed(jobBase, id, tonumber(dueAt))
  else
    pushToWait(jobBase, id, 'LPUSH')
  end
end

local function create(name, task, args, options, parentKey, parent, isLeaf, dueAt, joined, callbacks)
  local jobBase, id = placeOf(name, base, prefix)
  local key = jobBase .. id
  -- BullMQ would count the delay of a job that has others below it from their end: who claims it looks at its time instead.
  local delay = isLeaf == '1' and math.max(0, tonumber(dueAt) - tonumber(timestamp)) or 0
  redis.call('HSET', key, 'name', task, 'data', args, 'opts', options, 'timestamp', timestamp,
    'delay', string.format('%.0f', delay), 'priority', 0, 'parentKey', parentKey, 'parent', parent)
  if joined ~= '' then redis.call('HSET', key, 'joined', joined) end
  if callbacks ~= '' then holdCallbacks(key, cjson.decode(callbacks), timestamp) end
  -- A new composite may get jobs that failed below the one whose place it takes.
  if isAgain then redis.call('HSET', key, 'retriedBy', retriedBy) end
  release(jobBase, id, parentKey, isLeaf, dueAt, delay)
end

-- One that failed, or is about to since it was taken back, and what is called with the others, run again, in their old place.
local function renew(name, parentKey, parent, isLeaf, dueAt)
  local jobBase, id = placeOf(name, base, prefix)
  -- Where it has not ended it is to be claimed for that; or it waits still, while its interrupt is aborting it.
  local isListed = redis.call('HEXISTS', jobBase .. id, 'finishedOn') == 0
  if isListed and redis.call('ZREM', jobBase .. 'waiting-children', id) == 0 then takePending(jobBase, id) end
  makeNewAgain(jobBase .. id, timestamp)
  redis.call('HSET', jobBase .. id, 'parentKey', parentKey, 'parent', parent, 'retriedBy', retriedBy)
  release(jobBase, id, parentKey, isLeaf, dueAt, math.max(0, tonumber(dueAt) - tonumber(timestamp)))
end

local outer = isAgain and cjson.decode(manifest)['then']
local outerKey = outer and keyOf(outer) or jobKey

-- The job that waits for another one, or did so until it was stopped or aborted.
local function joiningNowOrBefore(key)
  return joiningJob(key) or redis.call('HGET', key, 'partOf')
end

-- Whether a job stands below this one, or below one above it that was let run again by the same call.
-- The task may have made anew what stood between: a `then`, or a job that waits for jobs it was given.
local function isInTree(key)
  local againAbove, above = {}, jobKey
  while above and not againAbove[above] and redis.call('HGET', above, 'retriedBy') == retriedBy do
    againAbove[above] = true
    above = joiningNowOrBefore(above)
  end
  local seen = {}
  above = joiningNowOrBefore(key)
  while above and not seen[above] do
    if againAbove[above] then return true end
    seen[above] = true
    above = joiningNowOrBefore(above)
  end
  return false
end

-- What belongs to a job of another tree is not run again for this one, nor is a callback.
local function isOwn(key)
  local above, parent, partOf, callbackOf = unpack(redis.call('HMGET', key, 'parentKey', 'parent', 'partOf', 'callbackOf'))
  local parentKey = above or partOf
  if not parentKey or parentKey == jobKey or parentKey == outerKey then return true end
  if parent and cjson.decode(parent).of == outerKey or redis.call('EXISTS', parentKey) == 0 then return true end
  return not callbackOf and isInTree(key)
end

-- Whether it is there; where the job runs again, also whether it has ended, and whether it is to run again.
local function stateOf(name, joined)
  local key = keyOf(name)
  if not isAgain then return redis.call('HEXISTS', key, 'name') == 1 end
  local found, finishedOn, reason, aborted, result, by =
    unpack(redis.call('HMGET', key, 'name', 'finishedOn', 'failedReason', 'aborted', 'result', 'retriedBy'))
  -- A job that was returned is called with no others: its success is kept.
  local hasFailed = finishedOn and (reason or joined ~= '' and joined ~= '[]')
  local isToFail = aborted and not finishedOn and not result and redis.call('EXISTS', key .. ':lock') == 0
  -- One that another job of the tree has let run again has had its turn.
  return found, finishedOn, (hasFailed or isToFail) and by ~= retriedBy and isOwn(key)
end

-- The failure of a part that ended before it came to stand here (C2). Its end stopped nobody here.
local stops = string.find(manifest, '"onFailure":"stop"', 1, true)
local function failureBefore(key, joined)
  if not stops or joined ~= '' then return nil end
  local finishedOn, reason, failure = unpack(redis.call('HMGET', key, 'finishedOn', 'failedReason', 'failure'))
  if not finishedOn or not reason then return nil end
  return failure or cjson.encode({ name = 'Error', message = reason })
end

-- Nothing may be written before it is certain that all can be.
local above
for i = FIRST, #ARGV, FIELDS do
  local key, parentKey, mayBeThere = keyOf(ARGV[i]), keyOf(ARGV[i + 4]), ARGV[i + 10]
  local isThere, hasEnded, runsAgain = stateOf(ARGV[i], ARGV[i + 8])
  if isThere and not runsAgain then stopped = stopped or failureBefore(key, ARGV[i + 8]) end
  if isThere and not hasEnded then
    -- What is to start after others would start, or end, before them: in a row the next one might never be released.
    local isInPlace = redis.call('HGET', key, 'parentKey') == parentKey
    if mayBeThere ~= '1' and not isInPlace and (not isAgain or isOthers(key, parentKey)) then return -7 end
    above = above or allAbove(jobKey)
    if above[key] then return -11 end
  end
end

-- A part that has failed, here or in a chunk before, stops the job: no more of them are to start.
-- Those with callbacks are stored all the same, and end when they are taken back: their callbacks
-- are promised (J7).
local NOT_YET = '0'
if stopped then
  for i = FIRST, #ARGV, FIELDS do
    local isThere, added = unpack(redis.call('HMGET', keyOf(ARGV[i]), 'name', 'callbacks'))
    if not isThere and (added or ARGV[i + 9] ~= '') then
      local name, task, args, options, parentName, parent = unpack(ARGV, i, i + 5)
      create(name, task, args, options, keyOf(parentName), parent, NOT_YET, unpack(ARGV, i + 7, i + 9))
    end
  end
  redis.call('HSET', jobKey, 'manifest', manifest, 'scheduledChunks', tonumber(chunk) + 1)
  local called = cjson.decode(manifest)['then']
  stopJoining(jobKey, called and keyOf(called) or jobKey, stopped)
  return 0
end

local parentKey
for i = FIRST, #ARGV, FIELDS do
  local parent, isThere, _, runsAgain = ARGV[i + 5], stateOf(ARGV[i], ARGV[i + 8])
  parentKey = keyOf(ARGV[i + 4])
  if isAgain then parentKey, parent = placeAbove(parentKey, parent, jobKey) end
  -- Callbacks may have been added to a part before it is there itself: they are kept.
  if runsAgain then
    renew(ARGV[i], parentKey, parent, ARGV[i + 6], ARGV[i + 7])
  elseif isThere then
    link(ARGV[i], parentKey, parent)
  else
    create(ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], parentKey, parent, unpack(ARGV, i + 6, i + 9))
  end
end
-- In a row the last one named is the first to run: where it has its result, the next one that has none begins.
if isAgain and isLast == '1' and holdParent == '' and parentKey and redis.call('SCARD', parentKey .. ':dependencies') == 0 then
  local parentBase, parentId = splitJobKey(parentKey)
  if redis.call('ZREM', parentBase .. 'waiting-children', parentId) == 1 then
    pushToWait(parentBase, parentId, 'RPUSH', 'waiting-children')
  end
end

redis.call('HSET', jobKey, 'manifest', manifest, 'scheduledChunks', tonumber(chunk) + 1)
if holdParent ~= '' then
  if isLast ~= '1' then
    redis.call('SADD', holdKey, hold)
  else
    redis.call('SREM', holdKey, hold)
    if redis.call('SCARD', holdKey) == 0 and redis.call('ZREM', holdBase .. 'waiting-children', holdId) == 1 then
      pushToWait(holdBase, holdId, 'RPUSH', 'waiting-children')
    end
  end
end
return 0
