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
  Reply: 0, -6 where somebody else holds the job, -7 where one of the jobs belongs to another already, or -11 where one of them
        waits for this job
  Events: 'waiting', 'delayed' or 'waiting-children' for each job, in its lane
]]
--- @include "queue-lists"
--- @include "hold-callbacks"
--- @include "named-job"
--- @include "waiters"
local jobKey, lockKey = KEYS[1], KEYS[2]
local token, chunk, manifest, base, prefix, timestamp, holdParent, isLast = unpack(ARGV, 1, 8)
local FIRST, FIELDS = 9, 11

if redis.call('GET', lockKey) ~= token then return -6 end
-- A job that was scheduled before has failed, and stopped it: no more of them are to start (C2).
if redis.call('HEXISTS', jobKey, 'stopped') == 1 then return 0 end
if tonumber(redis.call('HGET', jobKey, 'scheduledChunks') or 0) > tonumber(chunk) then return 0 end

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
local function link(name, parentName, parent)
  local jobBase, id = placeOf(name, base, prefix)
  local key, parentKey = jobBase .. id, keyOf(parentName)
  local others = isOthers(key, parentKey)
  if not others then redis.call('HSET', key, 'parentKey', parentKey, 'parent', parent, 'linked', 1) end
  if redis.call('ZSCORE', jobBase .. 'completed', id) then
    redis.call('HSET', parentKey .. ':processed', key, redis.call('HGET', key, 'returnvalue') or 'null')
  elseif redis.call('ZSCORE', jobBase .. 'failed', id) then
    redis.call('HSET', parentKey .. ':failed', key, redis.call('HGET', key, 'failedReason') or '')
  else
    redis.call('SADD', parentKey .. ':dependencies', key)
    if others then addWaiter(key, parentKey) end
  end
end

local function create(name, task, args, options, parentName, parent, isLeaf, dueAt, joined, callbacks)
  local jobBase, id = placeOf(name, base, prefix)
  local key, parentKey = jobBase .. id, keyOf(parentName)
  -- BullMQ would count the delay of a job that has others below it from their end: who claims it looks at its time instead.
  local delay = isLeaf == '1' and math.max(0, tonumber(dueAt) - tonumber(timestamp)) or 0
  redis.call('HSET', key, 'name', task, 'data', args, 'opts', options, 'timestamp', timestamp,
    'delay', string.format('%.0f', delay), 'priority', 0, 'parentKey', parentKey, 'parent', parent)
  if joined ~= '' then redis.call('HSET', key, 'joined', joined) end
  if callbacks ~= '' then holdCallbacks(key, cjson.decode(callbacks), timestamp) end
  redis.call('SADD', parentKey .. ':dependencies', key)
  if isLeaf ~= '1' then
    pushToWaitingChildren(jobBase, id, timestamp)
  elseif delay > 0 then
    pushToDelayed(jobBase, id, tonumber(dueAt))
  else
    pushToWait(jobBase, id, 'LPUSH')
  end
end

-- Nothing may be written before it is certain that all can be.
local above
for i = FIRST, #ARGV, FIELDS do
  local key, parentKey, mayBeThere = keyOf(ARGV[i]), keyOf(ARGV[i + 4]), ARGV[i + 10]
  if redis.call('HEXISTS', key, 'name') == 1 then
    if mayBeThere ~= '1' and isOthers(key, parentKey) then return -7 end
    above = above or allAbove(jobKey)
    if above[key] then return -11 end
  end
end

for i = FIRST, #ARGV, FIELDS do
  -- Callbacks may have been added to a part before it is there itself: they are kept.
  if redis.call('HEXISTS', keyOf(ARGV[i]), 'name') == 1 then
    link(ARGV[i], ARGV[i + 4], ARGV[i + 5])
  else
    create(unpack(ARGV, i, i + FIELDS - 1))
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
