--[[
  Stores a chunk of the children of a claimed job as a BullMQ flow: the whole chunk, or nothing. A
  chunk that is stored is left as it is, so that the call can be repeated after a lost reply or an
  interrupt. A new job is given whole, and is stored. A job that was put is given by its place, and
  is never stored. Where none is stored there, it was removed and counts as failed, or it may still
  come and is waited for (J12).

  KEYS: job (that waits), lock
  ARGV: token, chunk (its number, from 0), manifest (JSON; '' after the first chunk: it may
          be very long), base (of the job's lane), prefix,
        timestamp,
        barred (the name of the job that must not be released before the last chunk; '' for none),
        isLast ('1' or '0'),
        parentOfParts (of the children of kind 'part': the name of their parent), parent (JSON),
        postprocess (its name; '' for none), stops ('1': the failure of a part stops the job; '0'),
        the puts of the run, with the last chunk (see `store-puts`),
        then for each child, outermost first, of a plain new one in the lane of the job, which
        begins at once and beside others: 'part', name, task, args, options;
        of a pack: 'pack', name, parentName, parent (JSON), isLeaf, data (its parts, JSON),
          inOrder ('1': they are steps of a `serial`; '0'), options (of parts without their own);
        of any other: kind ('new'; 'shared': new, and others may have put it; 'placed': given by its
          place),
        name, parentName, parent (JSON, for BullMQ), isLeaf ('1': no child is below it; '0'),
        joined (of a postprocess: JSON of the names of its last arguments; else ''),
        mayBeThere ('1': it may be stored already, and belong to another job; '0'),
        and of a new one: task, args, options, dueAt ('0': now), callbacks (JSON; '' for none);
        of a placed one: origins (JSON of their keys, nearest first), isComing ('1': it is stored
        after this script in the same step; '0')
  Reply: 0 the chunk is stored; -6 another holder has the job; -7 a child that must be new was put
         already, or belongs to another job; -11 a child waits for this job; -12 a child that is to
         run again has not ended: with the first chunk the job waits for it now, with a later one
         the caller looks again; -13 others have put a child under another key, by which it is to
         be given
  Events: 'waiting', 'delayed' or 'waiting-children' for each job, in its lane
]]
--- @include "callbacks"
--- @include "dependents"
--- @include "keyed-put"
--- @include "long-fields"
--- @include "run-again"
--- @include "schedule-nodes"
--- @include "schedule-packs"
--- @include "settle"
--- @include "store-puts"
local jobKey, lockKey = KEYS[1], KEYS[2]
local token, chunk, manifest, base, prefix, timestamp, barred, isLast = unpack(ARGV, 1, 8)
local parentOfParts, parentData, postprocess, stopsText = unpack(ARGV, 9, 12)
local PUTS = 13

openFor(jobKey)
if redis.call('GET', lockKey) ~= token then return -6 end
local scheduledChunks, retriedBy = fieldsOf(jobKey, 'scheduledChunks', 'retriedBy')
local _, stopped = readVerdict(redis.call('HGET', jobKey, 'verdict'))
if tonumber(scheduledChunks or 0) > tonumber(chunk) then return 0 end
local isAgain = retriedBy ~= false

local outerKey = postprocess ~= '' and keyOfName(postprocess, base, prefix) or jobKey

local partsKey = parentOfParts ~= '' and keyOfName(parentOfParts, base, prefix)
local nodes = readNodes(afterPuts(PUTS), base, prefix, partsKey, parentData)
nodes = unpackNodes(nodes, base, isAgain)

-- Returns whether a child is stored; where the job runs again, more: see `run-again`.
local function stateOf(node)
  if isAgain then return stateAgain(node, jobKey, outerKey, retriedBy) end
  return isStored(node.key)
end

-- The failure of a part that ended before: its end did not stop this job (C2).
local stops = stopsText == '1'
local function failureBefore(node)
  if not stops or node.joined ~= '' then return nil end
  local finishedOn, reason, failure = fieldsOf(node.key, 'finishedOn', 'failedReason', 'failure')
  if not finishedOn or not reason then return nil end
  return failure or cjson.encode({ name = 'Error', message = reason })
end

local waitsForThis
local function isWaitingForThis(key)
  waitsForThis = waitsForThis or allWaitingFor(jobKey)
  return waitsForThis[key]
end

-- The chain of origins of a placed job; nil where the job was removed. An origin that waits for
-- this job will store nothing more, except by the step of this schedule.
local function originsOf(node)
  local origins, coming = cjson.decode(node.origins), {}
  local chain = comesFrom(node.key, origins)
  if chain and not isWaitingForThis(chain[#chain]) then return chain end
  if node.isComing ~= '1' then return nil end
  for i, key in ipairs(origins) do
    if isStored(key) then break end
    coming[i] = key
  end
  return coming
end

-- All refusals come before the first write.
if arePutsGone(PUTS) then return goneReply() end
local ending = {}
for _, node in ipairs(nodes) do
  if node.kind == 'placed' then openFor(node.key) end
  local isThere, hasEnded, runsAgain, isEnding = stateOf(node)
  node.isThere = isThere
  if not isThere and node.args and areGone(node.args) then return goneReply() end
  if isEnding then ending[#ending + 1] = node.key end
  if isThere and not runsAgain then stopped = stopped or failureBefore(node) end
  if not isThere and node.kind ~= 'new' and putElsewhere(node.key) then return -13 end
  if not isThere and node.kind == 'placed' then
    node.chain = originsOf(node)
    -- A removed job has failed (C2).
    if stops and not node.chain then stopped = stopped or removedFailure(node.key) end
  end
  if isThere and not hasEnded and not isEnding then
    -- A job that is to start after others could start, or end, before them. Then the next part of
    -- a `serial` might never be released.
    local isInPlace = redis.call('HGET', node.key, 'parentKey') == node.parentKey
    local mustBeNew = node.mayBeThere ~= '1' and not isInPlace
    if mustBeNew and (not isAgain or hasOtherParent(node.key, node.parentKey)) then return -7 end
    if isWaitingForThis(node.key) then return -11 end
  end
end

-- The end of such a child wakes the job, which schedules again, unless it has scheduled a chunk.
if #ending > 0 then
  for _, key in ipairs(tonumber(chunk) == 0 and ending or {}) do
    redis.call('SADD', jobKey .. ':dependencies', key)
    addDependent(key, jobKey)
  end
  return -12
end

-- Lets a child wait for its own children, or begin.
local function release(node, parentKey, delay)
  local jobBase, id = splitJobKey(node.key)
  redis.call('SADD', parentKey .. ':dependencies', node.key)
  local task, options = node.task, node.options
  -- A job that is given by its place, and runs again, is not given whole.
  if not options then task, options = fieldsOf(node.key, 'name', 'opts') end
  local follows = settleKey(jobBase, id, task, options, true)
  if node.isLeaf ~= '1' then pushToWaitingChildren(jobBase, id, timestamp, WAITS_FOR_TURN)
  elseif follows then pushToWaitingChildren(jobBase, id, timestamp, WAITS_FOR_JOBS)
  elseif delay > 0 then pushToDelayed(jobBase, id, tonumber(node.dueAt))
  else pushToTail(jobBase, id) end
end

local function create(node, parentKey, parent)
  local left = math.max(0, tonumber(node.dueAt) - tonumber(timestamp))
  -- BullMQ would count a delay from the end of the job's children. Its claim looks at the time.
  local delay = node.isLeaf == '1' and left or 0
  noteLane((splitJobKey(node.key)))
  if node.kind == 'pack' then
    storePack(base, node, timestamp)
    node.options = ''
    return release(node, parentKey, 0)
  end
  storeRecord(node.key, node.task, node.args, node.options, timestamp, delay,
    'parentKey', parentKey, 'parent', parent)
  if node.joined ~= '' then
    redis.call('HSET', node.key, 'joined', node.joined)
    noteLong(node.key, 'joined', node.joined)
  end
  if node.kind == 'shared' then notePutAt(node.key) end
  if node.callbacks ~= '' then deferCallbacks(node.key, cjson.decode(node.callbacks), timestamp) end
  -- A new composite may get the failed parts of the one that it replaces.
  if isAgain then redis.call('HSET', node.key, 'retriedBy', retriedBy) end
  release(node, parentKey, delay)
end

local function noteChunk()
  if manifest ~= '' then storeManifest(jobKey, manifest) end
  redis.call('HSET', jobKey, 'scheduledChunks', tonumber(chunk) + 1, 'priority', 0)
end

-- A failed part stops the job: no part may start any more. Parts with callbacks are stored all the
-- same, and end when they are abandoned: their callbacks are promised (J7).
if stopped then
  for _, node in ipairs(nodes) do
    local isThere, added, awaited, expected =
      fieldsOf(node.key, 'name', 'callbacks', 'dependents', 'expected')
    local isPromised = added or awaited or expected or node.callbacks ~= ''
    if not isThere and node.kind ~= 'placed' and isPromised then
      node.isLeaf = '0'
      create(node, node.parentKey, node.parent)
    end
  end
  noteChunk()
  stopJoining(jobKey, outerKey, stopped)
  storePuts(PUTS, jobKey)
  return 0
end

local parentKey

local function store(node)
  local parent, isThere, _, runsAgain = node.parent, stateOf(node)
  parentKey = node.parentKey
  if isAgain then parentKey, parent = parentAgain(parentKey, parent, jobKey) end
  if runsAgain then
    renew(node, parentKey, parent, retriedBy, timestamp)
    release(node, parentKey, math.max(0, tonumber(node.dueAt) - tonumber(timestamp)))
  elseif isThere then
    link(node.key, parentKey, parent, isAgain, jobKey)
  elseif node.kind == 'placed' then
    awaitPlaced(node, parentKey)
  else
    create(node, parentKey, parent)
  end
end

local plainParts = {}
local function flushPlain()
  if #plainParts > 0 then createPlain(base, plainParts, timestamp) end
  plainParts = {}
end

-- The jobs that are due by now come before all parts.
local _, areDueLeft = promoteDue(base)
for _, node in ipairs(nodes) do
  if node.isPlain and not node.isThere and not isAgain and not areDueLeft then
    plainParts[#plainParts + 1] = node
  else
    flushPlain()
    store(node)
  end
end
flushPlain()
-- In a `serial` the node named last runs first. Where it has its result, the next one begins.
local isChainAgain = isAgain and isLast == '1' and barred == ''
if isChainAgain and parentKey and redis.call('SCARD', parentKey .. ':dependencies') == 0 then
  wake(splitJobKey(parentKey))
end

noteChunk()
if barred ~= '' then
  local barredBase, barredId = locateJob(barred, base, prefix)
  local dependenciesKey = barredBase .. barredId .. ':dependencies'
  -- The barrier, which is no job, keeps these dependencies from running empty before the last one.
  local barrier = barredBase .. 'scheduling-' .. barredId
  if isLast ~= '1' then
    redis.call('SADD', dependenciesKey, barrier)
  else
    redis.call('SREM', dependenciesKey, barrier)
    if redis.call('SCARD', dependenciesKey) == 0 then wake(barredBase, barredId) end
  end
end
storePuts(PUTS, jobKey)
return 0
