--[[
  Puts a chunk of the jobs that a claimed job waits for below it, as a BullMQ flow: all of the
  chunk, or nothing. A chunk that stands already is left as it is, so that the call can be repeated
  after a lost reply or an interrupt. Only a job that is given whole is stored. One that was put
  already is given by its place: where it is not stored it was removed, and counts as failed; or it
  may still come, and is waited for (J12).

  KEYS: job (that waits), lock
  ARGV: token, chunk (its number, from 0), manifest (JSON), base (of the keys of the waiting job's
        lane), prefix (of all keys), timestamp, holdParent (the name of the job that must not be
        released before the last chunk; '' for none), isLast ('1' or '0'), then for each job,
        outermost first: kind ('new', 'shared': new, and others may have put it, or 'placed'), name,
        parentName, parent (JSON), isLeaf ('1' or '0'), joined (JSON of the names of its last
        arguments; '' for none), mayBeThere ('1': it may be stored already, and be anybody's; '0'),
        and of a new one: task, args, options, dueAt ('0': now), callbacks (JSON; '' for none); of a
        placed one: origins (JSON of the keys of the jobs that are to store it, each stored by the
        next), isComing ('1': it is stored after this in the same step; '0')
  Reply: 0, -6 where somebody else holds the job, -7 where one that must be new was put already or
        belongs to another, -11 where one of them waits for this job, or -12 where one that is to
        run again has not ended yet: the job waits for that, or is to look again where this is not
        its first chunk; or -13 where others have put one of them elsewhere: it is to be given by
        that place
  Events: 'waiting', 'delayed' or 'waiting-children' for each job, in its lane
]]
--- @include "comes-from"
--- @include "queue-lists"
--- @include "defer-callbacks"
--- @include "named-job"
--- @include "new-again"
--- @include "note-lane"
--- @include "place-above"
--- @include "put-at"
--- @include "settle-parent"
--- @include "stop-joining"
--- @include "take-pending"
--- @include "dependents"
local jobKey, lockKey = KEYS[1], KEYS[2]
local token, chunk, manifest, base, prefix, timestamp, holdParent, isLast = unpack(ARGV, 1, 8)
local FIRST = 9
-- How many arguments a job has, by its kind.
local FIELDS = { new = 12, shared = 12, placed = 9 }

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
-- Not a job: keeps the dependencies of holdParent from running empty while chunks are still to
-- come.
local hold = holdBase .. 'scheduling-' .. holdId

-- BullMQ knows one job above another: who comes later is told of the end by a script of its own,
-- and so is who waits for a callback.
local function isOthers(key, parentKey)
  local oldParentKey, deferred = unpack(redis.call('HMGET', key, 'parentKey', 'deferred'))
  return deferred or oldParentKey and oldParentKey ~= parentKey and redis.call('EXISTS', oldParentKey) == 1
end

local nodes = {}
local first = FIRST
while first <= #ARGV do
  local node = {}
  node.kind, node.name, node.parentName, node.parent, node.isLeaf, node.joined, node.mayBeThere = unpack(ARGV, first, first + 6)
  if node.kind ~= 'placed' then
    node.task, node.args, node.options, node.dueAt, node.callbacks = unpack(ARGV, first + 7, first + 11)
  else
    node.origins, node.isComing = unpack(ARGV, first + 7, first + 8)
    node.dueAt = '0'
  end
  node.key = keyOf(node.name)
  nodes[#nodes + 1] = node
  first = first + FIELDS[node.kind]
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
    if others then addDependent(key, parentKey) end
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

local function create(node, parentKey, parent)
  local jobBase, id = placeOf(node.name, base, prefix)
  -- BullMQ would count the delay of a job that has others below it from their end: who claims it
  -- looks at its time instead.
  local delay = node.isLeaf == '1' and math.max(0, tonumber(node.dueAt) - tonumber(timestamp)) or 0
  noteLane(jobBase)
  redis.call('HSET', node.key, 'name', node.task, 'data', node.args, 'opts', node.options, 'timestamp', timestamp,
    'delay', string.format('%.0f', delay), 'priority', 0, 'parentKey', parentKey, 'parent', parent)
  if node.joined ~= '' then redis.call('HSET', node.key, 'joined', node.joined) end
  if node.kind == 'shared' then notePutAt(node.key) end
  if node.callbacks ~= '' then deferCallbacks(node.key, cjson.decode(node.callbacks), timestamp) end
  -- A new composite may get jobs that failed below the one whose place it takes.
  if isAgain then redis.call('HSET', node.key, 'retriedBy', retriedBy) end
  release(jobBase, id, parentKey, node.isLeaf, node.dueAt, delay)
end

-- One that failed, or is about to since it was taken back, and what is called with the others, run
-- again, in their old place.
local function renew(node, parentKey, parent)
  local jobBase, id = placeOf(node.name, base, prefix)
  -- Where it has not ended it is to be claimed for that; or it waits still, while its interrupt is
  -- aborting it.
  local isListed = redis.call('HEXISTS', jobBase .. id, 'finishedOn') == 0
  if isListed and redis.call('ZREM', jobBase .. 'waiting-children', id) == 0 then takePending(jobBase, id) end
  makeNewAgain(jobBase .. id, timestamp)
  redis.call('HSET', node.key, 'parentKey', parentKey, 'parent', parent, 'retriedBy', retriedBy)
  -- The task may have made anew what it is called with; those that were appended are among these.
  if node.joined ~= '' and node.joined ~= '[]' then
    redis.call('HSET', node.key, 'joined', node.joined)
    if redis.call('HDEL', node.key, 'joinedMore') == 1 then
      for _, field in ipairs(redis.call('HKEYS', node.key)) do
        if string.sub(field, 1, 7) == 'joined:' then redis.call('HDEL', node.key, field) end
      end
    end
  end
  release(jobBase, id, parentKey, node.isLeaf, node.dueAt, math.max(0, tonumber(node.dueAt) - tonumber(timestamp)))
end

local outer = isAgain and cjson.decode(manifest)['then']
local outerKey = outer and keyOf(outer) or jobKey

-- The job that waits for another one, or did so until it was stopped or aborted.
local function joiningNowOrBefore(key)
  return joiningJob(key) or redis.call('HGET', key, 'partOf')
end

-- Whether a job stands below this one, or below one above it that was let run again by the same
-- call. The task may have made anew what stood between: a `then`, or a job that waits for jobs it
-- was given.
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

-- Whether it is there; where the job runs again, also whether it has ended, whether it is to run
-- again, and whether it is to do so when it has ended.
local function stateOf(node)
  local key, joined = node.key, node.joined
  if not isAgain then return redis.call('HEXISTS', key, 'name') == 1 end
  local found, finishedOn, reason, aborted, cancelled, result, by = unpack(redis.call('HMGET', key,
    'name', 'finishedOn', 'failedReason', 'aborted', 'cancelled', 'result', 'retriedBy'))
  -- A job that was returned is called with no others: its success is kept.
  local hasFailed = finishedOn and (reason or joined ~= '' and joined ~= '[]')
  local isHeld = redis.call('EXISTS', key .. ':lock') == 1
  local isToFail = aborted and not finishedOn and not result and not isHeld
  -- It has its failure, or is claimed for it, and its callbacks are to run before it can run again.
  local hasFailure = result and string.sub(result, 1, 1) == 'f' or not result and (aborted or cancelled) and isHeld
  local isEnding = not finishedOn and hasFailure
  -- One that another job of the tree has let run again has had its turn.
  local isOfTree = (hasFailed or isToFail or isEnding) and by ~= retriedBy and isOwn(key)
  return found, finishedOn, isOfTree and not isEnding, isOfTree and isEnding
end

-- The failure of a part that ended before it came to stand here (C2). Its end stopped nobody here.
local stops = string.find(manifest, '"onFailure":"stop"', 1, true)
local function failureBefore(node)
  if not stops or node.joined ~= '' then return nil end
  local finishedOn, reason, failure = unpack(redis.call('HMGET', node.key, 'finishedOn', 'failedReason', 'failure'))
  if not finishedOn or not reason then return nil end
  return failure or cjson.encode({ name = 'Error', message = reason })
end

-- Nothing may be written before it is certain that all can be.
local above
local function isAbove(key)
  above = above or allAbove(jobKey)
  return above[key]
end

-- The origins of a placed job, up to the first that is stored; nil where the job was removed. An
-- origin that waits for this job in turn stores nothing more, but with this schedule.
local function originsOf(node)
  local origins, coming = cjson.decode(node.origins), {}
  local chain = comesFrom(node.key, origins)
  if chain and not isAbove(chain[#chain]) then return chain end
  if node.isComing ~= '1' then return nil end
  for i, key in ipairs(origins) do
    if redis.call('HEXISTS', key, 'name') == 1 then break end
    coming[i] = key
  end
  return coming
end

local ending = {}
for _, node in ipairs(nodes) do
  local parentKey = keyOf(node.parentName)
  local isThere, hasEnded, runsAgain, isEnding = stateOf(node)
  if isEnding then ending[#ending + 1] = node.key end
  if isThere and not runsAgain then stopped = stopped or failureBefore(node) end
  if not isThere and node.kind ~= 'new' and putElsewhere(node.key) then return -13 end
  if not isThere and node.kind == 'placed' then
    node.chain = originsOf(node)
    -- It was removed, which is a failure (C2).
    if stops and not node.chain then stopped = stopped or removedFailure(node.key) end
  end
  if isThere and not hasEnded and not isEnding then
    -- What is to start after others would start, or end, before them: in a row the next one might
    -- never be released.
    local isInPlace = redis.call('HGET', node.key, 'parentKey') == parentKey
    if node.mayBeThere ~= '1' and not isInPlace and (not isAgain or isOthers(node.key, parentKey)) then return -7 end
    if isAbove(node.key) then return -11 end
  end
end

-- Its end wakes the job, which schedules anew then. A job that has scheduled a chunk would not be
-- woken.
if #ending > 0 then
  for _, key in ipairs(tonumber(chunk) == 0 and ending or {}) do
    redis.call('SADD', jobKey .. ':dependencies', key)
    addDependent(key, jobKey)
  end
  return -12
end

-- A placed job that is not stored: it counts as failed, or is waited for.
local function await(node, parentKey)
  if not node.chain then
    redis.call('HSET', parentKey .. ':failed', node.key, 'removed')
    return
  end
  redis.call('SADD', parentKey .. ':dependencies', node.key)
  addDependent(node.key, parentKey)
  expectFrom(node.key, node.chain)
end

-- A part that has failed, here or in a chunk before, stops the job: no more of them are to start.
-- Those with callbacks are stored all the same, and end when they are taken back: their callbacks
-- are promised (J7).
local NOT_YET = '0'
if stopped then
  for _, node in ipairs(nodes) do
    local isThere, added, awaited, expected = unpack(redis.call('HMGET', node.key, 'name', 'callbacks', 'dependents', 'expected'))
    if not isThere and node.kind ~= 'placed' and (added or awaited or expected or node.callbacks ~= '') then
      node.isLeaf = NOT_YET
      create(node, keyOf(node.parentName), node.parent)
    end
  end
  redis.call('HSET', jobKey, 'manifest', manifest, 'scheduledChunks', tonumber(chunk) + 1)
  local called = cjson.decode(manifest)['then']
  stopJoining(jobKey, called and keyOf(called) or jobKey, stopped)
  return 0
end

local parentKey
for _, node in ipairs(nodes) do
  local parent, isThere, _, runsAgain = node.parent, stateOf(node)
  parentKey = keyOf(node.parentName)
  if isAgain then parentKey, parent = placeAbove(parentKey, parent, jobKey) end
  -- Callbacks may have been added to a part before it is there itself: they are kept.
  if runsAgain then
    renew(node, parentKey, parent)
  elseif isThere then
    link(node.name, parentKey, parent)
  elseif node.kind ~= 'placed' then
    create(node, parentKey, parent)
  else
    await(node, parentKey)
  end
end
-- In a row the last one named is the first to run: where it has its result, the next one that has
-- none begins.
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
