// Generated from lua/*.lua by scripts/lua.mjs: change those files, not this one.
export const scripts = {
  abort: {
    name: 'abort',
    numberOfKeys: 2,
    lua: `--[[
  Marks a job as aborted, before what stands below it is taken back: whenever it is claimed again, it ends with this failure (I3, I6).

  KEYS: job, lock
  ARGV: holder (the lock's token, or the owner while the job waits; '' where nobody is to hold it), failure (JSON)
  Reply: 1, or -6 where somebody else holds the job
]]
-- Who may change a job that is claimed, waits for others, or is to go on: its holder.

-- holder: the token of its lock, or its owner while it waits; '' where nobody is to hold it, and it has not ended.
local function isHeldBy(jobKey, lockKey, holder)
  local lock = redis.call('GET', lockKey)
  local name, owner, finishedOn = unpack(redis.call('HMGET', jobKey, 'name', 'waitingOwner', 'finishedOn'))
  return lock == holder or owner == holder or holder == '' and name and not lock and not owner and not finishedOn
end
local jobKey, lockKey = KEYS[1], KEYS[2]
local holder, failure = unpack(ARGV)

if not isHeldBy(jobKey, lockKey, holder) then return -6 end
redis.call('HSET', jobKey, 'aborted', failure)
return 1
`,
  },
  activate: {
    name: 'activate',
    numberOfKeys: 2,
    lua: `--[[
  Makes a process the active dispatcher of its UUID, under a new epoch (D1, D4).

  KEYS: record, deadlines
  ARGV: uuid, host, hostIdentity, pid, processIdentity, deathInterval, queues (JSON), channel,
        takeover ('' for none, 'force', or the epoch whose process is certainly gone)
  Reply: { 1, epoch, queues (JSON: its own, and those where earlier activations may have left jobs) }, or { 0, host, pid, age, hostIdentity, processIdentity, epoch, msUntilDead }
  Publishes: 'activated'
]]
-- What every script on a dispatcher's record needs: Redis's own time, and telling those who wait for a change.

local function redisTime()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- A damaged epoch is followed by one that is above all that there were (B1).
local function epochOf(text, now)
  if not text then return 0 end
  return tonumber(text) or now
end

local function numberOf(text)
  return tonumber(text or '') or 0
end

local function announce(channel, event, uuid, epoch)
  redis.call('PUBLISH', channel, cjson.encode({ event = event, uuid = uuid, epoch = tonumber(epoch) }))
end
local recordKey, deadlinesKey = KEYS[1], KEYS[2]
local uuid, host, hostIdentity, pid, processIdentity, deathInterval, queues, channel, takeover = unpack(ARGV)

local function union(json, otherJson)
  local names, seen = cjson.decode(json), {}
  for _, name in ipairs(names) do seen[name] = true end
  -- Of a damaged record it is not known: the audits find what is left.
  local isJson, others = pcall(cjson.decode, otherJson or '[]')
  for _, name in ipairs(isJson and type(others) == 'table' and others or {}) do
    if type(name) == 'string' and not seen[name] then names[#names + 1] = name end
  end
  return cjson.encode(names)
end

local now = redisTime()
local record = redis.call('HMGET', recordKey, 'status', 'epoch', 'lastPing', 'deathInterval', 'host', 'pid',
  'hostIdentity', 'processIdentity', 'queues')
local status, epoch = record[1] or '', epochOf(record[2], now)
if status == 'active' then
  -- Damaged, it is overdue.
  local age = now - numberOf(record[3])
  local msUntilDead = numberOf(record[4]) - age
  if msUntilDead >= 0 and takeover ~= 'force' and takeover ~= string.format('%.0f', epoch) then
    return { 0, record[5], numberOf(record[6]), age, record[7], record[8], epoch, msUntilDead }
  end
end
epoch = epoch + 1
-- What an activation left behind that nobody has cleaned up after may be in queues that this one does not serve.
if status ~= '' and status ~= 'deactivated' then queues = union(queues, record[9]) end
redis.call('HSET', recordKey, 'status', 'active', 'epoch', epoch, 'lastPing', now, 'deathInterval', deathInterval,
  'host', host, 'hostIdentity', hostIdentity, 'pid', pid, 'processIdentity', processIdentity, 'queues', queues,
  'activatedAt', now)
redis.call('ZADD', deadlinesKey, now + tonumber(deathInterval), uuid)
announce(channel, 'activated', uuid, epoch)
return { 1, epoch, queues }
`,
  },
  activeClaims: {
    name: 'activeClaims',
    numberOfKeys: 1,
    lua: `--[[
  Reads a page of the active list: which job is claimed under which token.

  KEYS: active
  ARGV: prefix, start, stop
  Reply: { jobId, token, task, claimedAt, … }, for the jobs of the page, then its length; a token is '' where nobody holds the job,
         and a task where what is stored under the id is no job, or cannot be claimed
]]
-- Who holds a claimed job.

-- The token in its lock; nil where there is none, or something that is no lock (B1): no client could name a token that is not ASCII.
local function holderOf(lockKey)
  local holder = redis.pcall('GET', lockKey)
  return type(holder) == 'string' and not string.find(holder, '[\\128-\\255]') and holder or nil
end
local activeKey = KEYS[1]
local prefix, start, stop = unpack(ARGV)

local ids = redis.call('LRANGE', activeKey, start, stop)
local claims = {}
for _, id in ipairs(ids) do
  local task, claimedAt, count
  if redis.call('TYPE', prefix .. id).ok == 'hash' then
    task, claimedAt, count = unpack(redis.call('HMGET', prefix .. id, 'name', 'processedOn', 'ats'))
    -- A claim counts: what is no number lets each one fail in the middle.
    if count and (#count > 15 or not string.match(count, '^%d+$')) then task = nil end
  end
  claims[#claims + 1] = id
  claims[#claims + 1] = holderOf(prefix .. id .. ':lock') or ''
  claims[#claims + 1] = task or ''
  claims[#claims + 1] = claimedAt or '0'
end
claims[#claims + 1] = #ids
return claims
`,
  },
  addCallback: {
    name: 'addCallback',
    numberOfKeys: 2,
    lua: `--[[
  Adds a callback to a job, whoever holds it and wherever it is (J7). It runs when the job has its result; where the job has
  completed, at once. Where a dispatcher holds the job, it is made to look: see \`begin-callbacks\`.

  KEYS: job, lock
  ARGV: callbacks (JSON, of one), mustExist ('1'; '0' for a part that its composite has not scheduled yet), timestamp,
        token ('' for anybody; else that of the job's own run, which must hold it: I5)
  Reply: 1 added; 2 it runs; -1 there is no such job; -6 somebody else holds the job;
         -7 the callback is stored already, for another job or for none
  Events: 'waiting' or 'delayed' of the callback, where it runs
]]
-- Stores callbacks with the job that they are added to: each has a hash, and stands in no list before its turn comes (J7).
-- The key of a job is the prefix of its lane and its id.

local function splitJobKey(key)
  return string.match(key, '^(.*:)([^:]*)$')
end

local holdCallbacks

-- callback: { base, id, task, args, options, callbacks }, \`base\` being the prefix of its lane. Answers with its key; nil where it is
-- there already: it is left as it is, so that what stores it can be repeated.
local function holdCallback(ownerKey, callback, timestamp)
  local key = callback.base .. callback.id
  if redis.call('HEXISTS', key, 'name') == 1 then return nil end
  redis.call('HSET', key, 'name', callback.task, 'data', callback.args, 'opts', callback.options,
    'timestamp', timestamp, 'delay', 0, 'priority', 0, 'held', 1, 'callbackOf', ownerKey)
  holdCallbacks(key, callback.callbacks, timestamp)
  return key
end

-- Adds keys of callbacks to one of the lists in their job's hash.
local function listCallbacks(ownerKey, field, keys)
  if #keys == 0 then return end
  local listed = cjson.decode(redis.call('HGET', ownerKey, field) or '[]')
  for _, key in ipairs(keys) do listed[#listed + 1] = key end
  redis.call('HSET', ownerKey, field, cjson.encode(listed))
end

function holdCallbacks(ownerKey, callbacks, timestamp)
  local keys = {}
  for _, callback in ipairs(callbacks) do keys[#keys + 1] = holdCallback(ownerKey, callback, timestamp) end
  listCallbacks(ownerKey, 'callbacks', keys)
end
-- Lets a held callback run: at the head of its lane, when it is due, or when those below it have completed (J7).
-- Puts a job into the wait list of its queue and wakes a worker, as BullMQ does. \`prefix\` is that of the queue.

local function maxEvents(prefix)
  return redis.call('HGET', prefix .. 'meta', 'opts.maxLenEvents') or 10000
end

-- Adds an event of a job to its queue's stream, as BullMQ does; what else it says follows, as name, value, name, value …
local function tell(prefix, event, jobId, ...)
  redis.call('XADD', prefix .. 'events', 'MAXLEN', '~', maxEvents(prefix), '*', 'event', event, 'jobId', jobId, ...)
end

local function isPausedOrFull(prefix)
  local paused, concurrency = unpack(redis.call('HMGET', prefix .. 'meta', 'paused', 'concurrency'))
  if paused then return true end
  return concurrency and redis.call('LLEN', prefix .. 'active') >= tonumber(concurrency)
end

-- side: 'RPUSH' for the head of the queue, 'LPUSH' for its tail.
local function pushToWait(prefix, jobId, side, previous)
  redis.call(side, prefix .. 'wait', jobId)
  if not isPausedOrFull(prefix) then redis.call('ZADD', prefix .. 'marker', 0, '0') end
  if previous then tell(prefix, 'waiting', jobId, 'prev', previous) else tell(prefix, 'waiting', jobId) end
end

-- Lets a job wait for those below it.
local function pushToWaitingChildren(prefix, jobId, timestamp, ...)
  redis.call('ZADD', prefix .. 'waiting-children', timestamp, jobId)
  tell(prefix, 'waiting-children', jobId, ...)
end

local function pushToDelayed(prefix, jobId, dueAt)
  local delayedKey = prefix .. 'delayed'
  -- As BullMQ: the low 12 bits of a delayed job's score keep the order of those that are due at the same time (Q1).
  local lowest, highest = dueAt * 0x1000, dueAt * 0x1000 + 0xfff
  local last = redis.call('ZREVRANGEBYSCORE', delayedKey, string.format('%.0f', highest), string.format('%.0f', lowest),
    'WITHSCORES', 'LIMIT', 0, 1)
  local score = last[2] and math.min(tonumber(last[2]) + 1, highest) or lowest
  redis.call('ZADD', delayedKey, string.format('%.0f', score), jobId)
  tell(prefix, 'delayed', jobId, 'delay', string.format('%.0f', dueAt))
  local first = redis.call('ZRANGE', delayedKey, 0, 0, 'WITHSCORES')
  redis.call('ZADD', prefix .. 'marker', string.format('%.0f', math.floor(tonumber(first[2]) / 0x1000)), '1')
end

-- given: the result that it gets as its last argument; isFirst: nothing is below it.
local function releaseCallback(key, given, isFirst, timestamp)
  local prefix, id = splitJobKey(key)
  redis.call('HDEL', key, 'held')
  redis.call('HSET', key, 'given', given)
  local dueAt = cjson.decode(redis.call('HGET', key, 'opts')).beginAfter or 0
  if not isFirst then
    pushToWaitingChildren(prefix, id, timestamp)
  elseif dueAt > tonumber(timestamp) then
    redis.call('HSET', key, 'delay', string.format('%.0f', dueAt - tonumber(timestamp)))
    pushToDelayed(prefix, id, dueAt)
  else
    pushToWait(prefix, id, 'RPUSH')
  end
end
local jobKey, lockKey = KEYS[1], KEYS[2]
local callbacks, mustExist, timestamp, token = cjson.decode(ARGV[1]), ARGV[2], ARGV[3], ARGV[4]

local name, finishedOn, value, reason, failure =
  unpack(redis.call('HMGET', jobKey, 'name', 'finishedOn', 'returnvalue', 'failedReason', 'failure'))
if not name and mustExist == '1' then return -1 end
local callbackKey = callbacks[1].base .. callbacks[1].id
local isStored, owner = unpack(redis.call('HMGET', callbackKey, 'name', 'callbackOf'))
if isStored then
  -- A call whose reply was lost is repeated.
  if owner ~= jobKey then return -7 end
  return finishedOn and 2 or 1
end

if token ~= '' and redis.call('GET', lockKey) ~= token then return -6 end
if not finishedOn then
  holdCallbacks(jobKey, callbacks, timestamp)
  -- BullMQ refuses to finish or to suspend a job that has anything in this set: the holder reads the job again.
  if redis.call('EXISTS', lockKey) == 1 then redis.call('ZADD', jobKey .. ':unsuccessful', 0, 'callbacks') end
  return 1
end
holdCallback(jobKey, callbacks[1], timestamp)
listCallbacks(jobKey, 'ranCallbacks', { callbackKey })
local given
if not reason then given = 'v' .. (value or 'null')
else given = 'f' .. (failure or cjson.encode({ name = 'Error', message = reason })) end
releaseCallback(callbackKey, given, true, timestamp)
return 2
`,
  },
  annotate: {
    name: 'annotate',
    numberOfKeys: 2,
    lua: `--[[
  Writes an annotation down on a job, and tells those who wait for it.

  KEYS: job, lock
  ARGV: token ('' for anybody; else that of a run, which must hold the job: I5), jobId, prefix, name, value (JSON)
  Reply: 1; -1 where there is no such job; -6 where somebody else holds it
  Events: 'annotated'
]]
-- Puts a job into the wait list of its queue and wakes a worker, as BullMQ does. \`prefix\` is that of the queue.

local function maxEvents(prefix)
  return redis.call('HGET', prefix .. 'meta', 'opts.maxLenEvents') or 10000
end

-- Adds an event of a job to its queue's stream, as BullMQ does; what else it says follows, as name, value, name, value …
local function tell(prefix, event, jobId, ...)
  redis.call('XADD', prefix .. 'events', 'MAXLEN', '~', maxEvents(prefix), '*', 'event', event, 'jobId', jobId, ...)
end

local function isPausedOrFull(prefix)
  local paused, concurrency = unpack(redis.call('HMGET', prefix .. 'meta', 'paused', 'concurrency'))
  if paused then return true end
  return concurrency and redis.call('LLEN', prefix .. 'active') >= tonumber(concurrency)
end

-- side: 'RPUSH' for the head of the queue, 'LPUSH' for its tail.
local function pushToWait(prefix, jobId, side, previous)
  redis.call(side, prefix .. 'wait', jobId)
  if not isPausedOrFull(prefix) then redis.call('ZADD', prefix .. 'marker', 0, '0') end
  if previous then tell(prefix, 'waiting', jobId, 'prev', previous) else tell(prefix, 'waiting', jobId) end
end

-- Lets a job wait for those below it.
local function pushToWaitingChildren(prefix, jobId, timestamp, ...)
  redis.call('ZADD', prefix .. 'waiting-children', timestamp, jobId)
  tell(prefix, 'waiting-children', jobId, ...)
end

local function pushToDelayed(prefix, jobId, dueAt)
  local delayedKey = prefix .. 'delayed'
  -- As BullMQ: the low 12 bits of a delayed job's score keep the order of those that are due at the same time (Q1).
  local lowest, highest = dueAt * 0x1000, dueAt * 0x1000 + 0xfff
  local last = redis.call('ZREVRANGEBYSCORE', delayedKey, string.format('%.0f', highest), string.format('%.0f', lowest),
    'WITHSCORES', 'LIMIT', 0, 1)
  local score = last[2] and math.min(tonumber(last[2]) + 1, highest) or lowest
  redis.call('ZADD', delayedKey, string.format('%.0f', score), jobId)
  tell(prefix, 'delayed', jobId, 'delay', string.format('%.0f', dueAt))
  local first = redis.call('ZRANGE', delayedKey, 0, 0, 'WITHSCORES')
  redis.call('ZADD', prefix .. 'marker', string.format('%.0f', math.floor(tonumber(first[2]) / 0x1000)), '1')
end
local jobKey, lockKey = KEYS[1], KEYS[2]
local token, jobId, prefix, name, value = unpack(ARGV)

if redis.call('EXISTS', jobKey) == 0 then return -1 end
if token ~= '' and redis.call('GET', lockKey) ~= token then return -6 end
redis.call('HSET', jobKey .. ':annotations', name, value)
redis.call('XADD', prefix .. 'events', 'MAXLEN', '~', maxEvents(prefix), '*',
  'event', 'annotated', 'jobId', jobId, 'name', name)
return 1
`,
  },
  append: {
    name: 'append',
    numberOfKeys: 2,
    lua: `--[[
  Adds jobs to those that a job is going to wait for, before it starts (C4). They are stored with it, and scheduled with the others.

  KEYS: job, lock
  ARGV: then for each job: id, what is stored of it (JSON)
  Reply: 1, also where an earlier attempt has appended them; 0 where it has started, is cancelled or has ended; -1 where there is no such job
]]
local jobKey, lockKey = KEYS[1], KEYS[2]

if redis.call('HEXISTS', jobKey, 'name') == 0 then return -1 end
local isNew = #ARGV == 0
for i = 1, #ARGV, 2 do isNew = isNew or redis.call('HEXISTS', jobKey, 'appended:' .. ARGV[i]) == 0 end
-- What an attempt whose reply was lost has appended is appended, also where the job has started since.
if not isNew then return 1 end
local finished, manifest, result, cancelled =
  unpack(redis.call('HMGET', jobKey, 'finishedOn', 'manifest', 'result', 'cancelled'))
if finished or manifest or result or cancelled or redis.call('EXISTS', lockKey) == 1 then return 0 end
for i = 1, #ARGV, 2 do
  local field = 'appended:' .. ARGV[i]
  if redis.call('HEXISTS', jobKey, field) == 0 then
    redis.call('HSET', jobKey, field, redis.call('HINCRBY', jobKey, 'appended', 1) .. ' ' .. ARGV[i + 1])
  end
end
return 1
`,
  },
  beginCallbacks: {
    name: 'beginCallbacks',
    numberOfKeys: 3,
    lua: `--[[
  Stores the result of a job that has callbacks, and lets them run, one after another, below the job, which waits for them without a
  lock and without a slot (J7). Fenced by the holder of the job (I5). Where it has none, nothing is changed.

  KEYS: job, lock, owned (of the dispatcher that owns the job while it waits)
  ARGV: token, jobId, prefix, result ('v' and the JSON of the value, or 'f' and that of the failure), owner, member (of owned), timestamp
  Reply: 0 there are none; -10 they have begun; -3, -4, -6 as BullMQ's finish refuses
  Events: 'waiting-children' of the job, 'waiting', 'delayed' or 'waiting-children' of each callback
]]
-- The callbacks of a job that have not begun (J7).

-- Answers with their keys, in order.
local function callbacksToRun(jobKey)
  local keys = {}
  for _, key in ipairs(cjson.decode(redis.call('HGET', jobKey, 'callbacks') or '[]')) do
    if redis.call('HEXISTS', key, 'held') == 1 then keys[#keys + 1] = key end
  end
  return keys
end
-- Stores callbacks with the job that they are added to: each has a hash, and stands in no list before its turn comes (J7).
-- The key of a job is the prefix of its lane and its id.

local function splitJobKey(key)
  return string.match(key, '^(.*:)([^:]*)$')
end

local holdCallbacks

-- callback: { base, id, task, args, options, callbacks }, \`base\` being the prefix of its lane. Answers with its key; nil where it is
-- there already: it is left as it is, so that what stores it can be repeated.
local function holdCallback(ownerKey, callback, timestamp)
  local key = callback.base .. callback.id
  if redis.call('HEXISTS', key, 'name') == 1 then return nil end
  redis.call('HSET', key, 'name', callback.task, 'data', callback.args, 'opts', callback.options,
    'timestamp', timestamp, 'delay', 0, 'priority', 0, 'held', 1, 'callbackOf', ownerKey)
  holdCallbacks(key, callback.callbacks, timestamp)
  return key
end

-- Adds keys of callbacks to one of the lists in their job's hash.
local function listCallbacks(ownerKey, field, keys)
  if #keys == 0 then return end
  local listed = cjson.decode(redis.call('HGET', ownerKey, field) or '[]')
  for _, key in ipairs(keys) do listed[#listed + 1] = key end
  redis.call('HSET', ownerKey, field, cjson.encode(listed))
end

function holdCallbacks(ownerKey, callbacks, timestamp)
  local keys = {}
  for _, callback in ipairs(callbacks) do keys[#keys + 1] = holdCallback(ownerKey, callback, timestamp) end
  listCallbacks(ownerKey, 'callbacks', keys)
end
-- Lets a held callback run: at the head of its lane, when it is due, or when those below it have completed (J7).
-- Puts a job into the wait list of its queue and wakes a worker, as BullMQ does. \`prefix\` is that of the queue.

local function maxEvents(prefix)
  return redis.call('HGET', prefix .. 'meta', 'opts.maxLenEvents') or 10000
end

-- Adds an event of a job to its queue's stream, as BullMQ does; what else it says follows, as name, value, name, value …
local function tell(prefix, event, jobId, ...)
  redis.call('XADD', prefix .. 'events', 'MAXLEN', '~', maxEvents(prefix), '*', 'event', event, 'jobId', jobId, ...)
end

local function isPausedOrFull(prefix)
  local paused, concurrency = unpack(redis.call('HMGET', prefix .. 'meta', 'paused', 'concurrency'))
  if paused then return true end
  return concurrency and redis.call('LLEN', prefix .. 'active') >= tonumber(concurrency)
end

-- side: 'RPUSH' for the head of the queue, 'LPUSH' for its tail.
local function pushToWait(prefix, jobId, side, previous)
  redis.call(side, prefix .. 'wait', jobId)
  if not isPausedOrFull(prefix) then redis.call('ZADD', prefix .. 'marker', 0, '0') end
  if previous then tell(prefix, 'waiting', jobId, 'prev', previous) else tell(prefix, 'waiting', jobId) end
end

-- Lets a job wait for those below it.
local function pushToWaitingChildren(prefix, jobId, timestamp, ...)
  redis.call('ZADD', prefix .. 'waiting-children', timestamp, jobId)
  tell(prefix, 'waiting-children', jobId, ...)
end

local function pushToDelayed(prefix, jobId, dueAt)
  local delayedKey = prefix .. 'delayed'
  -- As BullMQ: the low 12 bits of a delayed job's score keep the order of those that are due at the same time (Q1).
  local lowest, highest = dueAt * 0x1000, dueAt * 0x1000 + 0xfff
  local last = redis.call('ZREVRANGEBYSCORE', delayedKey, string.format('%.0f', highest), string.format('%.0f', lowest),
    'WITHSCORES', 'LIMIT', 0, 1)
  local score = last[2] and math.min(tonumber(last[2]) + 1, highest) or lowest
  redis.call('ZADD', delayedKey, string.format('%.0f', score), jobId)
  tell(prefix, 'delayed', jobId, 'delay', string.format('%.0f', dueAt))
  local first = redis.call('ZRANGE', delayedKey, 0, 0, 'WITHSCORES')
  redis.call('ZADD', prefix .. 'marker', string.format('%.0f', math.floor(tonumber(first[2]) / 0x1000)), '1')
end

-- given: the result that it gets as its last argument; isFirst: nothing is below it.
local function releaseCallback(key, given, isFirst, timestamp)
  local prefix, id = splitJobKey(key)
  redis.call('HDEL', key, 'held')
  redis.call('HSET', key, 'given', given)
  local dueAt = cjson.decode(redis.call('HGET', key, 'opts')).beginAfter or 0
  if not isFirst then
    pushToWaitingChildren(prefix, id, timestamp)
  elseif dueAt > tonumber(timestamp) then
    redis.call('HSET', key, 'delay', string.format('%.0f', dueAt - tonumber(timestamp)))
    pushToDelayed(prefix, id, dueAt)
  else
    pushToWait(prefix, id, 'RPUSH')
  end
end
-- Who owns a job that waits (I2).
-- What every script on a dispatcher's record needs: Redis's own time, and telling those who wait for a change.

local function redisTime()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- A damaged epoch is followed by one that is above all that there were (B1).
local function epochOf(text, now)
  if not text then return 0 end
  return tonumber(text) or now
end

local function numberOf(text)
  return tonumber(text or '') or 0
end

local function announce(channel, event, uuid, epoch)
  redis.call('PUBLISH', channel, cjson.encode({ event = event, uuid = uuid, epoch = tonumber(epoch) }))
end

-- It may have been owned by somebody else before: who ended in the meantime, while the job was claimed, has it still.
local function leaveFormerOwner(jobKey, ownedKey, member)
  local uuid = string.match(redis.call('HGET', jobKey, 'waitingOwner') or '', '^([^:]+):%d+$')
  if not uuid then return end
  local formerKey = string.gsub(ownedKey, '[^:]+:waiting$', uuid .. ':waiting')
  if formerKey ~= ownedKey then redis.call('ZREM', formerKey, member) end
end

-- The activation that asks may have ended and not know it: nobody would look after what it comes to own after its cleaning (I6). Where
-- its dispatcher is active again, the later activation owns the job; else it is cleaned up after once more.
local function lastingOwner(ownedKey, owner)
  local recordKey, prefix, uuid = string.match(ownedKey, '^((.*):dispatcher:([^:]+)):waiting$')
  local status, epoch = unpack(redis.call('HMGET', recordKey, 'status', 'epoch'))
  if status == 'active' then return uuid .. ':' .. epoch end
  if status == 'deactivated' then
    redis.call('HSET', recordKey, 'status', 'cleaning', 'cleaner', '')
    redis.call('ZADD', prefix .. ':dispatchers', redisTime() - 1, uuid)
  end
  if status then
    -- Whoever is cleaning up may have looked into the set for the last time.
    redis.call('HSET', recordKey, 'again', 1)
  end
  return owner
end

-- ownedKey: the set of the new owner's dispatcher. member: the job, in the sets of those who own it. owner: \`<uuid>:<epoch>\`, who asks.
local function own(jobKey, ownedKey, member, owner)
  leaveFormerOwner(jobKey, ownedKey, member)
  redis.call('HSET', jobKey, 'waitingOwner', lastingOwner(ownedKey, owner))
end

-- Ordered by when they were stored: outer jobs are interrupted before the inner ones that they wait for (I1).
local function addToOwned(jobKey, ownedKey, member, timestamp)
  redis.call('ZADD', ownedKey, redis.call('HGET', jobKey, 'timestamp') or timestamp, member)
end
local jobKey, lockKey, ownedKey = KEYS[1], KEYS[2], KEYS[3]
local token, jobId, prefix, result, owner, member, timestamp = unpack(ARGV)

if redis.call('GET', lockKey) ~= token then return -6 end
local callbacks = callbacksToRun(jobKey)
if #callbacks == 0 then
  redis.call('DEL', jobKey .. ':unsuccessful')
  return 0
end
local isFailure = string.sub(result, 1, 1) == 'f'
if not isFailure and redis.call('SCARD', jobKey .. ':dependencies') ~= 0 then return -4 end
if redis.call('LREM', prefix .. 'active', -1, jobId) == 0 then return -3 end
-- What a failed job has scheduled before is no longer waited for.
redis.call('DEL', lockKey, jobKey .. ':unsuccessful', jobKey .. ':dependencies')
redis.call('SREM', prefix .. 'stalled', jobId)

-- Each is the child of the next, the last one that of the job: what ends one starts the next.
for i, key in ipairs(callbacks) do
  local parentKey = callbacks[i + 1] or jobKey
  local parentPrefix, parentId = splitJobKey(parentKey)
  -- \`idof\`: a callback that fails is done, for what waits for it.
  redis.call('HSET', key, 'parentKey', parentKey,
    'parent', cjson.encode({ id = parentId, queueKey = string.sub(parentPrefix, 1, -2), idof = true }))
  redis.call('SADD', parentKey .. ':dependencies', key)
end
for i = #callbacks, 1, -1 do releaseCallback(callbacks[i], result, i == 1, timestamp) end

redis.call('HDEL', jobKey, 'callbacks')
listCallbacks(jobKey, 'ranCallbacks', callbacks)
-- Who ended it before it was due has left its delay, and BullMQ would count that once more when it is woken.
redis.call('HSET', jobKey, 'result', result, 'delay', 0)
own(jobKey, ownedKey, member, owner)
addToOwned(jobKey, ownedKey, member, timestamp)
pushToWaitingChildren(prefix, jobId, timestamp, 'prev', 'active')
return -10
`,
  },
  beginCleaning: {
    name: 'beginCleaning',
    numberOfKeys: 2,
    lua: `--[[
  Ends an activation, so that its jobs can be interrupted: its own, or that of a dispatcher found dead (I1, I6).
  A cleaner that does not finish within the lease is followed by the next one, which repeats each step.

  KEYS: record, deadlines
  ARGV: uuid, epoch ('' for one that is overdue), cleaner, lease (ms), channel
  Reply: { epoch, status before, host, pid, age, queues }, or nil where there is nothing to clean
  Publishes: 'died', for one that was found dead
]]
-- What every script on a dispatcher's record needs: Redis's own time, and telling those who wait for a change.

local function redisTime()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- A damaged epoch is followed by one that is above all that there were (B1).
local function epochOf(text, now)
  if not text then return 0 end
  return tonumber(text) or now
end

local function numberOf(text)
  return tonumber(text or '') or 0
end

local function announce(channel, event, uuid, epoch)
  redis.call('PUBLISH', channel, cjson.encode({ event = event, uuid = uuid, epoch = tonumber(epoch) }))
end
local recordKey, deadlinesKey = KEYS[1], KEYS[2]
local uuid, epoch, cleaner, lease, channel = unpack(ARGV)

local now = redisTime()
local record = redis.call('HMGET', recordKey, 'status', 'epoch', 'lastPing', 'host', 'pid', 'queues')
local status = record[1]
-- A damaged one has not ended (B1).
if not status or status == 'deactivated' then
  redis.call('ZREM', deadlinesKey, uuid)
  return nil
end
if epoch ~= '' then
  if record[2] ~= epoch then return nil end
else
  local deadline = redis.call('ZSCORE', deadlinesKey, uuid)
  if not deadline or tonumber(deadline) >= now then return nil end
end
-- All that it holds is found below an epoch that is damaged, or missing.
local found = tonumber(record[2] or '') or now
redis.call('HSET', recordKey, 'status', 'cleaning', 'cleaner', cleaner, 'epoch', found)
redis.call('HDEL', recordKey, 'again')
redis.call('ZADD', deadlinesKey, now + tonumber(lease), uuid)
if epoch == '' and status == 'active' then announce(channel, 'died', uuid, found) end
local pid, lastPing = numberOf(record[5]), tonumber(record[3] or '') or now
return { found, status, record[4] or '', pid, now - lastPing, record[6] or '' }
`,
  },
  beginDeadline: {
    name: 'beginDeadline',
    numberOfKeys: 1,
    lua: `--[[
  Reads by when a job must have begun (Q2).

  KEYS: job
  Reply: milliseconds since 1970, or nil where it has no such limit, or has begun and goes on
]]
-- By when a job must have begun (Q2).

-- The latest end of the jobs below it, which is when its own turn came; 0 where nothing has ended below it.
local function turnOf(jobKey)
  local turn = 0
  for _, below in ipairs({ ':processed', ':failed' }) do
    for _, key in ipairs(redis.call('HKEYS', jobKey .. below)) do
      turn = math.max(turn, tonumber(redis.call('HGET', key, 'finishedOn') or 0))
    end
  end
  return turn
end

-- Milliseconds since 1970: \`beginBy\` ms after its put, its beginAfter or its turn, whichever came last; and \`beginBy\`.
-- Nil: no limit.
local function beginDeadline(jobKey)
  local json, timestamp, turnAt = unpack(redis.call('HMGET', jobKey, 'opts', 'timestamp', 'turnAt'))
  local isRead, options = pcall(cjson.decode, json or '{}')
  local beginBy = isRead and type(options) == 'table' and tonumber(options.beginBy)
  if not beginBy then return nil end
  local from = math.max(tonumber(timestamp or 0), tonumber(options.beginAfter or 0), tonumber(turnAt or 0), turnOf(jobKey))
  return from + beginBy, beginBy
end

-- It has scheduled all that it waits for: it is not begun once more.
local function hasScheduled(manifest, chunks)
  local isJson, scheduled = pcall(cjson.decode, manifest or '')
  local all = isJson and type(scheduled) == 'table' and tonumber(scheduled.chunks)
  return all and (tonumber(chunks or 0) or 0) >= all
end
if hasScheduled(unpack(redis.call('HMGET', KEYS[1], 'manifest', 'scheduledChunks'))) then return nil end
return (beginDeadline(KEYS[1]))
`,
  },
  cancel: {
    name: 'cancel',
    numberOfKeys: 1,
    lua: `--[[
  Cancels a job, whatever its status (O1): it is taken from wherever it stands and whoever holds it, and a \`drover.cancel\` job ends it. No
  interrupt is counted. One whose turn has not come is marked, and ends when it comes.

  KEYS: job
  ARGV: jobId, base (of the keys of its lane), systemBase, task, args (JSON, of the drover.cancel job), failure (JSON), lockDuration, timestamp
  Reply: the id of the drover.cancel job, under which the job is held now; 2 it is marked; 1 it is cancelled already; 0 it has its result, or
         stands nowhere; -1 there is no such job
  Events: 'waiting' in the system lane, and for each job that waited for a quota of this one and is woken
]]
-- How often a job was claimed since it was put, or since it was let run again (O3). The fencing token itself goes on rising.

local function claimsOf(claims, claimsBefore)
  return tonumber(claims or 0) - tonumber(claimsBefore or 0)
end
-- Takes a job that is cancelled from wherever it stands, and from whoever holds it (O1, I5): from then on the id of the cancel is its token.
-- Who owns a job while it waits has it in a set of its own: until it ends, or is taken from where it waits or runs (I2, J9).
-- Quotas of a queue (Q5): who holds their slots, who waits for them in which lane, and who may try next.
--
-- \`base\` is that of a lane's keys, \`root\` what stands before all keys. A job holds all of its quotas or none. One that finds a
-- quota full is *parked*: in no list of BullMQ's, but among the lane's parked jobs and the waiters of that one quota. A slot that is
-- freed wakes, in each lane, as many waiters as there are free slots: they go to the head of the lane's wait list, and whoever is
-- claimed first gets the slot. A lane that nobody serves so takes no slot from the others. Until a woken job has tried, it stands
-- before all that come after it in its lane.
-- The key of a job is the prefix of its lane and its id.

local function splitJobKey(key)
  return string.match(key, '^(.*:)([^:]*)$')
end
-- Puts a job into the wait list of its queue and wakes a worker, as BullMQ does. \`prefix\` is that of the queue.

local function maxEvents(prefix)
  return redis.call('HGET', prefix .. 'meta', 'opts.maxLenEvents') or 10000
end

-- Adds an event of a job to its queue's stream, as BullMQ does; what else it says follows, as name, value, name, value …
local function tell(prefix, event, jobId, ...)
  redis.call('XADD', prefix .. 'events', 'MAXLEN', '~', maxEvents(prefix), '*', 'event', event, 'jobId', jobId, ...)
end

local function isPausedOrFull(prefix)
  local paused, concurrency = unpack(redis.call('HMGET', prefix .. 'meta', 'paused', 'concurrency'))
  if paused then return true end
  return concurrency and redis.call('LLEN', prefix .. 'active') >= tonumber(concurrency)
end

-- side: 'RPUSH' for the head of the queue, 'LPUSH' for its tail.
local function pushToWait(prefix, jobId, side, previous)
  redis.call(side, prefix .. 'wait', jobId)
  if not isPausedOrFull(prefix) then redis.call('ZADD', prefix .. 'marker', 0, '0') end
  if previous then tell(prefix, 'waiting', jobId, 'prev', previous) else tell(prefix, 'waiting', jobId) end
end

-- Lets a job wait for those below it.
local function pushToWaitingChildren(prefix, jobId, timestamp, ...)
  redis.call('ZADD', prefix .. 'waiting-children', timestamp, jobId)
  tell(prefix, 'waiting-children', jobId, ...)
end

local function pushToDelayed(prefix, jobId, dueAt)
  local delayedKey = prefix .. 'delayed'
  -- As BullMQ: the low 12 bits of a delayed job's score keep the order of those that are due at the same time (Q1).
  local lowest, highest = dueAt * 0x1000, dueAt * 0x1000 + 0xfff
  local last = redis.call('ZREVRANGEBYSCORE', delayedKey, string.format('%.0f', highest), string.format('%.0f', lowest),
    'WITHSCORES', 'LIMIT', 0, 1)
  local score = last[2] and math.min(tonumber(last[2]) + 1, highest) or lowest
  redis.call('ZADD', delayedKey, string.format('%.0f', score), jobId)
  tell(prefix, 'delayed', jobId, 'delay', string.format('%.0f', dueAt))
  local first = redis.call('ZRANGE', delayedKey, 0, 0, 'WITHSCORES')
  redis.call('ZADD', prefix .. 'marker', string.format('%.0f', math.floor(tonumber(first[2]) / 0x1000)), '1')
end

local function splitBase(base)
  local root, queue = string.match(base, '^(.*:)([^:/]+)[^:]*:$')
  return root, root .. queue
end

-- The bases of all lanes of a queue that jobs with quotas can be in.
local function laneBases(queueBase)
  local bases = { queueBase .. ':' }
  for _, lane in ipairs(redis.call('SMEMBERS', queueBase .. ':lanes')) do bases[#bases + 1] = queueBase .. '/' .. lane .. ':' end
  return bases
end

-- The names of the quotas of a job; most jobs have none.
local function quotasOf(jobKey)
  local options = redis.pcall('HGET', jobKey, 'opts')
  if type(options) ~= 'string' or not string.find(options, '"quotas"', 1, true) then return {} end
  -- A job whose options are damaged holds none: it was never started.
  local isJson, decoded = pcall(cjson.decode, options)
  local quotas = isJson and type(decoded) == 'table' and decoded.quotas
  local names = {}
  for _, name in ipairs(type(quotas) == 'table' and quotas or {}) do
    if type(name) == 'string' then names[#names + 1] = name end
  end
  return names
end

-- The key that holds something of a quota: 'holders' of the queue, 'waiters' and 'woken' of each lane.
local function holdersKey(queueBase, name) return queueBase .. ':quota:' .. name .. ':holders' end
local function laneKey(base, name, what)
  local root, queueBase = splitBase(base)
  return queueBase .. ':quota:' .. name .. ':' .. what .. ':' .. string.sub(base, #root + 1, -2)
end

-- How many slots are free for a job that arrived then, in its lane; nil for a quota that is not there.
local function freeSlots(base, name, arrival)
  local _, queueBase = splitBase(base)
  local size = redis.call('HGET', queueBase .. ':quotas', name)
  if not size then return nil end
  local before = redis.call('ZCOUNT', laneKey(base, name, 'woken'), '-inf', arrival and '(' .. arrival or '+inf')
  -- A size that is no number lets none start.
  return (tonumber(size) or 0) - redis.call('HLEN', holdersKey(queueBase, name)) - before
end

-- The first quota that has no slot for a job. One that is not there is not full: whoever claims the job says so.
local function firstFull(base, names, arrival)
  for _, name in ipairs(names) do
    local free = freeSlots(base, name, arrival)
    if free and free <= 0 then return name end
  end
end

local function park(base, name, id, arrival)
  redis.call('ZADD', laneKey(base, name, 'waiters'), arrival, id)
  redis.call('ZADD', base .. 'parked', arrival, id)
end

local function wakeInLane(base, name)
  local waitersKey = laneKey(base, name, 'waiters')
  local woken = {}
  while (freeSlots(base, name) or math.huge) > 0 do
    local first = redis.call('ZRANGE', waitersKey, 0, 0, 'WITHSCORES')
    if #first == 0 then break end
    local id, arrival = first[1], first[2]
    local names = quotasOf(base .. id)
    local full = firstFull(base, names, arrival)
    if full == name then break end
    redis.call('ZREM', waitersKey, id)
    redis.call('ZREM', base .. 'parked', id)
    if full then
      -- It waits for another one now: whoever comes after it here must not wait with it.
      park(base, full, id, arrival)
    elseif redis.call('EXISTS', base .. id) == 1 then
      for _, own in ipairs(names) do redis.call('ZADD', laneKey(base, own, 'woken'), arrival, id) end
      woken[#woken + 1] = id
    end
  end
  for i = #woken, 1, -1 do pushToWait(base, woken[i], 'RPUSH') end
end

-- Wakes whom the free slots of a quota are for, in every lane.
local function wakeWaiters(queueBase, name)
  for _, base in ipairs(laneBases(queueBase)) do wakeInLane(base, name) end
end

-- How many jobs wait for a slot, in any lane, also those that were woken and have not tried yet.
local function countWaiters(queueBase, name)
  local count = 0
  for _, base in ipairs(laneBases(queueBase)) do
    count = count + redis.call('ZCARD', laneKey(base, name, 'waiters')) + redis.call('ZCARD', laneKey(base, name, 'woken'))
  end
  return count
end

-- Frees what a job holds, and what it waits for. token: only slots taken under it; nil for all.
local function freeQuotas(base, id, token)
  local names = quotasOf(base .. id)
  if #names == 0 then return end
  local root, queueBase = splitBase(base)
  local member = string.sub(base, #root + 1) .. id
  for _, name in ipairs(names) do
    local key = holdersKey(queueBase, name)
    if not token or redis.call('HGET', key, member) == token then redis.call('HDEL', key, member) end
    redis.call('ZREM', laneKey(base, name, 'woken'), id)
    if not token then redis.call('ZREM', laneKey(base, name, 'waiters'), id) end
  end
  if not token then redis.call('ZREM', base .. 'parked', id) end
  for _, name in ipairs(names) do wakeWaiters(queueBase, name) end
end

-- Drops those from the holders of a quota who hold it wrongly: jobs that are gone, have their result, or wait for their time.
local function dropDeadHolders(root, queueBase, name)
  local key = holdersKey(queueBase, name)
  local dropped = false
  for _, member in ipairs(redis.call('HKEYS', key)) do
    local jobKey = root .. member
    local base, id = splitJobKey(jobKey)
    -- What is stored under its key may be no job (B1).
    local task, finishedOn, result = unpack(redis.pcall('HMGET', jobKey, 'name', 'finishedOn', 'result'))
    local isLater = redis.call('EXISTS', jobKey .. ':lock') == 0 and redis.call('ZSCORE', base .. 'delayed', id)
    if not task or finishedOn or result or isLater then
      redis.call('HDEL', key, member)
      dropped = true
    end
  end
  return dropped
end

-- As \`ownedMember\` writes it. No name has a slash in it, which is all that the two kinds of JSON differ in.
local function ownedMember(base, id)
  local root, queueBase = splitBase(base)
  local queue = string.sub(queueBase, #root + 1)
  local lane = string.match(string.sub(base, #queueBase + 1), '^/(.*):$') or 'main'
  return string.format('{"queue":%s,"lane":%s,"jobId":%s}', cjson.encode(queue), cjson.encode(lane), cjson.encode(id))
end

-- Whoever waited with it need not interrupt it any more.
local function disown(base, id)
  local uuid = string.match(redis.call('HGET', base .. id, 'waitingOwner') or '', '^([^:]+):')
  local root = splitBase(base)
  if uuid then redis.call('ZREM', root .. 'dispatcher:' .. uuid .. ':waiting', ownedMember(base, id)) end
end
-- Takes a pending job out of wherever it waits for its claim. \`prefix\` is that of its lane.

-- Whether it was there. The oldest jobs stand at the right of the wait list, and are looked for first.
local function takePending(prefix, jobId)
  local found = redis.call('ZREM', prefix .. 'delayed', jobId) == 1 or redis.call('ZREM', prefix .. 'parked', jobId) == 1
    or redis.call('LREM', prefix .. 'wait', -1, jobId) == 1 or redis.call('HDEL', prefix .. 'set-aside', jobId) == 1
  -- Nobody waits behind it for a slot any more.
  if found then pcall(freeQuotas, prefix, jobId) end
  return found
end

-- Whether the cancel holds the job now; it stands in the active list then, as what a dispatcher has claimed. False: it stands nowhere.
local function takeCancelled(base, id, cancelId, failure, lockDuration)
  local key = base .. id
  local lockKey = key .. ':lock'
  local root = splitBase(base)
  local holder = redis.call('GET', lockKey)
  if holder == cancelId then return true end
  if holder then
    redis.call('SET', lockKey, cancelId, 'KEEPTTL')
    local uuid = string.match(holder, '^([^:]+):%d+:%d+$')
    -- Told at once; where the message is lost, the owner's audit finds it, or its commit is refused.
    if uuid then
      redis.call('PUBLISH', root .. 'dispatcher:' .. uuid .. ':cancelled',
        cjson.encode({ jobId = id, token = holder, failure = failure }))
    end
  else
    if redis.call('ZREM', base .. 'waiting-children', id) == 0 and not takePending(base, id) then return false end
    redis.call('LPUSH', base .. 'active', id)
    redis.call('SET', lockKey, cancelId, 'PX', lockDuration)
  end
  redis.call('HSETNX', key, 'cancelled', failure)
  freeQuotas(base, id)
  disown(base, id)
  redis.call('HDEL', key, 'waitingOwner')
  return true
end
local jobKey = KEYS[1]
local jobId, base, systemBase, task, args, failure, lockDuration, timestamp = unpack(ARGV)

local name, finishedOn, result, cancelled, held, claims, before, cancellations = unpack(redis.call('HMGET', jobKey,
  'name', 'finishedOn', 'result', 'cancelled', 'held', 'ats', 'claimsBefore', 'cancellations'))
if not name then return -1 end
if cancelled then return 1 end
if finishedOn or result then return 0 end
if held or claimsOf(claims, before) == 0 and redis.call('ZSCORE', base .. 'waiting-children', jobId) then
  redis.call('HSET', jobKey, 'cancelled', failure)
  return 2
end

local number = tonumber(cancellations or 0) + 1
local cancelId = jobId .. '.cancel.' .. number
if not takeCancelled(base, jobId, cancelId, failure, lockDuration) then return 0 end
redis.call('HSET', jobKey, 'cancellations', number)
redis.call('HSET', systemBase .. cancelId, 'name', task, 'data', args, 'opts', '{}', 'timestamp', timestamp,
  'delay', 0, 'priority', 0)
pushToWait(systemBase, cancelId, 'LPUSH')
return cancelId
`,
  },
  cancelBelow: {
    name: 'cancelBelow',
    numberOfKeys: 1,
    lua: `--[[
  Takes the jobs below a cancelled one, whatever their status (O1). What has its result keeps it; what others wait for too, which are not
  cancelled, goes on (J5); what another cancel holds is taken from that one. It can be repeated, by the process that cancels and by the drover.cancel job.

  KEYS: job (above)
  ARGV: cancelId, base (of the keys of its lane), prefix (of all keys), failure (JSON), lockDuration, outer (the name of the job that is called
        with the others; '' for none), then names of jobs
  Reply: the names of those that the cancel holds, each followed by whether it waits for others (1 or 0); -6 where somebody else holds the
         job above
  Events: 'waiting' for each job that waited for a quota of one of these and is woken
]]
-- How the jobs of a lane name others: by their ids, and by \`<BullMQ queue>:<id>\` where they are in another lane.

-- Returns the base of the keys of the job's lane, and its id. base: of the lane at hand; prefix: of all keys, with its colon.
local function placeOf(name, base, prefix)
  if not string.find(name, ':', 1, true) then return base, name end
  local queue, id = string.match(name, '^(.*:)(.*)$')
  return prefix .. queue, id
end
-- Takes a job that is cancelled from wherever it stands, and from whoever holds it (O1, I5): from then on the id of the cancel is its token.
-- Who owns a job while it waits has it in a set of its own: until it ends, or is taken from where it waits or runs (I2, J9).
-- Quotas of a queue (Q5): who holds their slots, who waits for them in which lane, and who may try next.
--
-- \`base\` is that of a lane's keys, \`root\` what stands before all keys. A job holds all of its quotas or none. One that finds a
-- quota full is *parked*: in no list of BullMQ's, but among the lane's parked jobs and the waiters of that one quota. A slot that is
-- freed wakes, in each lane, as many waiters as there are free slots: they go to the head of the lane's wait list, and whoever is
-- claimed first gets the slot. A lane that nobody serves so takes no slot from the others. Until a woken job has tried, it stands
-- before all that come after it in its lane.
-- The key of a job is the prefix of its lane and its id.

local function splitJobKey(key)
  return string.match(key, '^(.*:)([^:]*)$')
end
-- Puts a job into the wait list of its queue and wakes a worker, as BullMQ does. \`prefix\` is that of the queue.

local function maxEvents(prefix)
  return redis.call('HGET', prefix .. 'meta', 'opts.maxLenEvents') or 10000
end

-- Adds an event of a job to its queue's stream, as BullMQ does; what else it says follows, as name, value, name, value …
local function tell(prefix, event, jobId, ...)
  redis.call('XADD', prefix .. 'events', 'MAXLEN', '~', maxEvents(prefix), '*', 'event', event, 'jobId', jobId, ...)
end

local function isPausedOrFull(prefix)
  local paused, concurrency = unpack(redis.call('HMGET', prefix .. 'meta', 'paused', 'concurrency'))
  if paused then return true end
  return concurrency and redis.call('LLEN', prefix .. 'active') >= tonumber(concurrency)
end

-- side: 'RPUSH' for the head of the queue, 'LPUSH' for its tail.
local function pushToWait(prefix, jobId, side, previous)
  redis.call(side, prefix .. 'wait', jobId)
  if not isPausedOrFull(prefix) then redis.call('ZADD', prefix .. 'marker', 0, '0') end
  if previous then tell(prefix, 'waiting', jobId, 'prev', previous) else tell(prefix, 'waiting', jobId) end
end

-- Lets a job wait for those below it.
local function pushToWaitingChildren(prefix, jobId, timestamp, ...)
  redis.call('ZADD', prefix .. 'waiting-children', timestamp, jobId)
  tell(prefix, 'waiting-children', jobId, ...)
end

local function pushToDelayed(prefix, jobId, dueAt)
  local delayedKey = prefix .. 'delayed'
  -- As BullMQ: the low 12 bits of a delayed job's score keep the order of those that are due at the same time (Q1).
  local lowest, highest = dueAt * 0x1000, dueAt * 0x1000 + 0xfff
  local last = redis.call('ZREVRANGEBYSCORE', delayedKey, string.format('%.0f', highest), string.format('%.0f', lowest),
    'WITHSCORES', 'LIMIT', 0, 1)
  local score = last[2] and math.min(tonumber(last[2]) + 1, highest) or lowest
  redis.call('ZADD', delayedKey, string.format('%.0f', score), jobId)
  tell(prefix, 'delayed', jobId, 'delay', string.format('%.0f', dueAt))
  local first = redis.call('ZRANGE', delayedKey, 0, 0, 'WITHSCORES')
  redis.call('ZADD', prefix .. 'marker', string.format('%.0f', math.floor(tonumber(first[2]) / 0x1000)), '1')
end

local function splitBase(base)
  local root, queue = string.match(base, '^(.*:)([^:/]+)[^:]*:$')
  return root, root .. queue
end

-- The bases of all lanes of a queue that jobs with quotas can be in.
local function laneBases(queueBase)
  local bases = { queueBase .. ':' }
  for _, lane in ipairs(redis.call('SMEMBERS', queueBase .. ':lanes')) do bases[#bases + 1] = queueBase .. '/' .. lane .. ':' end
  return bases
end

-- The names of the quotas of a job; most jobs have none.
local function quotasOf(jobKey)
  local options = redis.pcall('HGET', jobKey, 'opts')
  if type(options) ~= 'string' or not string.find(options, '"quotas"', 1, true) then return {} end
  -- A job whose options are damaged holds none: it was never started.
  local isJson, decoded = pcall(cjson.decode, options)
  local quotas = isJson and type(decoded) == 'table' and decoded.quotas
  local names = {}
  for _, name in ipairs(type(quotas) == 'table' and quotas or {}) do
    if type(name) == 'string' then names[#names + 1] = name end
  end
  return names
end

-- The key that holds something of a quota: 'holders' of the queue, 'waiters' and 'woken' of each lane.
local function holdersKey(queueBase, name) return queueBase .. ':quota:' .. name .. ':holders' end
local function laneKey(base, name, what)
  local root, queueBase = splitBase(base)
  return queueBase .. ':quota:' .. name .. ':' .. what .. ':' .. string.sub(base, #root + 1, -2)
end

-- How many slots are free for a job that arrived then, in its lane; nil for a quota that is not there.
local function freeSlots(base, name, arrival)
  local _, queueBase = splitBase(base)
  local size = redis.call('HGET', queueBase .. ':quotas', name)
  if not size then return nil end
  local before = redis.call('ZCOUNT', laneKey(base, name, 'woken'), '-inf', arrival and '(' .. arrival or '+inf')
  -- A size that is no number lets none start.
  return (tonumber(size) or 0) - redis.call('HLEN', holdersKey(queueBase, name)) - before
end

-- The first quota that has no slot for a job. One that is not there is not full: whoever claims the job says so.
local function firstFull(base, names, arrival)
  for _, name in ipairs(names) do
    local free = freeSlots(base, name, arrival)
    if free and free <= 0 then return name end
  end
end

local function park(base, name, id, arrival)
  redis.call('ZADD', laneKey(base, name, 'waiters'), arrival, id)
  redis.call('ZADD', base .. 'parked', arrival, id)
end

local function wakeInLane(base, name)
  local waitersKey = laneKey(base, name, 'waiters')
  local woken = {}
  while (freeSlots(base, name) or math.huge) > 0 do
    local first = redis.call('ZRANGE', waitersKey, 0, 0, 'WITHSCORES')
    if #first == 0 then break end
    local id, arrival = first[1], first[2]
    local names = quotasOf(base .. id)
    local full = firstFull(base, names, arrival)
    if full == name then break end
    redis.call('ZREM', waitersKey, id)
    redis.call('ZREM', base .. 'parked', id)
    if full then
      -- It waits for another one now: whoever comes after it here must not wait with it.
      park(base, full, id, arrival)
    elseif redis.call('EXISTS', base .. id) == 1 then
      for _, own in ipairs(names) do redis.call('ZADD', laneKey(base, own, 'woken'), arrival, id) end
      woken[#woken + 1] = id
    end
  end
  for i = #woken, 1, -1 do pushToWait(base, woken[i], 'RPUSH') end
end

-- Wakes whom the free slots of a quota are for, in every lane.
local function wakeWaiters(queueBase, name)
  for _, base in ipairs(laneBases(queueBase)) do wakeInLane(base, name) end
end

-- How many jobs wait for a slot, in any lane, also those that were woken and have not tried yet.
local function countWaiters(queueBase, name)
  local count = 0
  for _, base in ipairs(laneBases(queueBase)) do
    count = count + redis.call('ZCARD', laneKey(base, name, 'waiters')) + redis.call('ZCARD', laneKey(base, name, 'woken'))
  end
  return count
end

-- Frees what a job holds, and what it waits for. token: only slots taken under it; nil for all.
local function freeQuotas(base, id, token)
  local names = quotasOf(base .. id)
  if #names == 0 then return end
  local root, queueBase = splitBase(base)
  local member = string.sub(base, #root + 1) .. id
  for _, name in ipairs(names) do
    local key = holdersKey(queueBase, name)
    if not token or redis.call('HGET', key, member) == token then redis.call('HDEL', key, member) end
    redis.call('ZREM', laneKey(base, name, 'woken'), id)
    if not token then redis.call('ZREM', laneKey(base, name, 'waiters'), id) end
  end
  if not token then redis.call('ZREM', base .. 'parked', id) end
  for _, name in ipairs(names) do wakeWaiters(queueBase, name) end
end

-- Drops those from the holders of a quota who hold it wrongly: jobs that are gone, have their result, or wait for their time.
local function dropDeadHolders(root, queueBase, name)
  local key = holdersKey(queueBase, name)
  local dropped = false
  for _, member in ipairs(redis.call('HKEYS', key)) do
    local jobKey = root .. member
    local base, id = splitJobKey(jobKey)
    -- What is stored under its key may be no job (B1).
    local task, finishedOn, result = unpack(redis.pcall('HMGET', jobKey, 'name', 'finishedOn', 'result'))
    local isLater = redis.call('EXISTS', jobKey .. ':lock') == 0 and redis.call('ZSCORE', base .. 'delayed', id)
    if not task or finishedOn or result or isLater then
      redis.call('HDEL', key, member)
      dropped = true
    end
  end
  return dropped
end

-- As \`ownedMember\` writes it. No name has a slash in it, which is all that the two kinds of JSON differ in.
local function ownedMember(base, id)
  local root, queueBase = splitBase(base)
  local queue = string.sub(queueBase, #root + 1)
  local lane = string.match(string.sub(base, #queueBase + 1), '^/(.*):$') or 'main'
  return string.format('{"queue":%s,"lane":%s,"jobId":%s}', cjson.encode(queue), cjson.encode(lane), cjson.encode(id))
end

-- Whoever waited with it need not interrupt it any more.
local function disown(base, id)
  local uuid = string.match(redis.call('HGET', base .. id, 'waitingOwner') or '', '^([^:]+):')
  local root = splitBase(base)
  if uuid then redis.call('ZREM', root .. 'dispatcher:' .. uuid .. ':waiting', ownedMember(base, id)) end
end
-- Takes a pending job out of wherever it waits for its claim. \`prefix\` is that of its lane.

-- Whether it was there. The oldest jobs stand at the right of the wait list, and are looked for first.
local function takePending(prefix, jobId)
  local found = redis.call('ZREM', prefix .. 'delayed', jobId) == 1 or redis.call('ZREM', prefix .. 'parked', jobId) == 1
    or redis.call('LREM', prefix .. 'wait', -1, jobId) == 1 or redis.call('HDEL', prefix .. 'set-aside', jobId) == 1
  -- Nobody waits behind it for a slot any more.
  if found then pcall(freeQuotas, prefix, jobId) end
  return found
end

-- Whether the cancel holds the job now; it stands in the active list then, as what a dispatcher has claimed. False: it stands nowhere.
local function takeCancelled(base, id, cancelId, failure, lockDuration)
  local key = base .. id
  local lockKey = key .. ':lock'
  local root = splitBase(base)
  local holder = redis.call('GET', lockKey)
  if holder == cancelId then return true end
  if holder then
    redis.call('SET', lockKey, cancelId, 'KEEPTTL')
    local uuid = string.match(holder, '^([^:]+):%d+:%d+$')
    -- Told at once; where the message is lost, the owner's audit finds it, or its commit is refused.
    if uuid then
      redis.call('PUBLISH', root .. 'dispatcher:' .. uuid .. ':cancelled',
        cjson.encode({ jobId = id, token = holder, failure = failure }))
    end
  else
    if redis.call('ZREM', base .. 'waiting-children', id) == 0 and not takePending(base, id) then return false end
    redis.call('LPUSH', base .. 'active', id)
    redis.call('SET', lockKey, cancelId, 'PX', lockDuration)
  end
  redis.call('HSETNX', key, 'cancelled', failure)
  freeQuotas(base, id)
  disown(base, id)
  redis.call('HDEL', key, 'waitingOwner')
  return true
end
local jobKey = KEYS[1]
local cancelId, base, prefix, failure, lockDuration, outer = unpack(ARGV, 1, 6)
local FIRST_JOB = 7

if redis.call('GET', jobKey .. ':lock') ~= cancelId then return -6 end

local outerKey = jobKey
if outer ~= '' then
  local outerBase, outerId = placeOf(outer, base, prefix)
  outerKey = outerBase .. outerId
end

local function isCancelled(key) return redis.call('HEXISTS', key, 'cancelled') == 1 end

-- One that was taken back is none of these.
local function isBelow(parentKey, parent)
  if not parentKey then return false end
  return parentKey == jobKey or parentKey == outerKey or parent and cjson.decode(parent).of == outerKey or isCancelled(parentKey)
end

local function othersWait(waiters)
  for _, key in ipairs(cjson.decode(waiters or '[]')) do
    if key ~= jobKey and key ~= outerKey and not isCancelled(key) then return true end
  end
  return false
end

local taken = {}
for i = FIRST_JOB, #ARGV do
  local jobBase, id = placeOf(ARGV[i], base, prefix)
  local name, finishedOn, result, parentKey, parent, manifest, waiters =
    unpack(redis.call('HMGET', jobBase .. id, 'name', 'finishedOn', 'result', 'parentKey', 'parent', 'manifest', 'waiters'))
  local goesOn = not name or finishedOn or result or not isBelow(parentKey, parent) or othersWait(waiters)
  if not goesOn and takeCancelled(jobBase, id, cancelId, failure, lockDuration) then
    taken[#taken + 1] = ARGV[i]
    taken[#taken + 1] = manifest and 1 or 0
  end
end
return taken
`,
  },
  claimOverdue: {
    name: 'claimOverdue',
    numberOfKeys: 1,
    lua: `--[[
  Claims the first pending job of a queue that has not begun by its deadline, so that it can be ended (Q2). The claim is as
  BullMQ's, whose lists it uses.

  KEYS: deadlines (of the queue)
  ARGV: queuePrefix (without a colon at its end), mainLane, token, owner, lockDuration, now
  Reply: { lane, jobId, fields }, or { when to look again } in milliseconds since 1970; { 0 } where no deadline is left
  Events: 'active'
]]
-- By when a job must have begun (Q2).

-- The latest end of the jobs below it, which is when its own turn came; 0 where nothing has ended below it.
local function turnOf(jobKey)
  local turn = 0
  for _, below in ipairs({ ':processed', ':failed' }) do
    for _, key in ipairs(redis.call('HKEYS', jobKey .. below)) do
      turn = math.max(turn, tonumber(redis.call('HGET', key, 'finishedOn') or 0))
    end
  end
  return turn
end

-- Milliseconds since 1970: \`beginBy\` ms after its put, its beginAfter or its turn, whichever came last; and \`beginBy\`.
-- Nil: no limit.
local function beginDeadline(jobKey)
  local json, timestamp, turnAt = unpack(redis.call('HMGET', jobKey, 'opts', 'timestamp', 'turnAt'))
  local isRead, options = pcall(cjson.decode, json or '{}')
  local beginBy = isRead and type(options) == 'table' and tonumber(options.beginBy)
  if not beginBy then return nil end
  local from = math.max(tonumber(timestamp or 0), tonumber(options.beginAfter or 0), tonumber(turnAt or 0), turnOf(jobKey))
  return from + beginBy, beginBy
end

-- It has scheduled all that it waits for: it is not begun once more.
local function hasScheduled(manifest, chunks)
  local isJson, scheduled = pcall(cjson.decode, manifest or '')
  local all = isJson and type(scheduled) == 'table' and tonumber(scheduled.chunks)
  return all and (tonumber(chunks or 0) or 0) >= all
end
-- Claims one certain job, which is in no list any more, as BullMQ's claim does. \`prefix\` is that of its lane.
-- Puts a job into the wait list of its queue and wakes a worker, as BullMQ does. \`prefix\` is that of the queue.

local function maxEvents(prefix)
  return redis.call('HGET', prefix .. 'meta', 'opts.maxLenEvents') or 10000
end

-- Adds an event of a job to its queue's stream, as BullMQ does; what else it says follows, as name, value, name, value …
local function tell(prefix, event, jobId, ...)
  redis.call('XADD', prefix .. 'events', 'MAXLEN', '~', maxEvents(prefix), '*', 'event', event, 'jobId', jobId, ...)
end

local function isPausedOrFull(prefix)
  local paused, concurrency = unpack(redis.call('HMGET', prefix .. 'meta', 'paused', 'concurrency'))
  if paused then return true end
  return concurrency and redis.call('LLEN', prefix .. 'active') >= tonumber(concurrency)
end

-- side: 'RPUSH' for the head of the queue, 'LPUSH' for its tail.
local function pushToWait(prefix, jobId, side, previous)
  redis.call(side, prefix .. 'wait', jobId)
  if not isPausedOrFull(prefix) then redis.call('ZADD', prefix .. 'marker', 0, '0') end
  if previous then tell(prefix, 'waiting', jobId, 'prev', previous) else tell(prefix, 'waiting', jobId) end
end

-- Lets a job wait for those below it.
local function pushToWaitingChildren(prefix, jobId, timestamp, ...)
  redis.call('ZADD', prefix .. 'waiting-children', timestamp, jobId)
  tell(prefix, 'waiting-children', jobId, ...)
end

local function pushToDelayed(prefix, jobId, dueAt)
  local delayedKey = prefix .. 'delayed'
  -- As BullMQ: the low 12 bits of a delayed job's score keep the order of those that are due at the same time (Q1).
  local lowest, highest = dueAt * 0x1000, dueAt * 0x1000 + 0xfff
  local last = redis.call('ZREVRANGEBYSCORE', delayedKey, string.format('%.0f', highest), string.format('%.0f', lowest),
    'WITHSCORES', 'LIMIT', 0, 1)
  local score = last[2] and math.min(tonumber(last[2]) + 1, highest) or lowest
  redis.call('ZADD', delayedKey, string.format('%.0f', score), jobId)
  tell(prefix, 'delayed', jobId, 'delay', string.format('%.0f', dueAt))
  local first = redis.call('ZRANGE', delayedKey, 0, 0, 'WITHSCORES')
  redis.call('ZADD', prefix .. 'marker', string.format('%.0f', math.floor(tonumber(first[2]) / 0x1000)), '1')
end

-- Returns the fields of the job.
local function claimJob(prefix, jobId, token, owner, lockDuration, now)
  local jobKey = prefix .. jobId
  redis.call('LPUSH', prefix .. 'active', jobId)
  redis.call('SET', jobKey .. ':lock', token, 'PX', lockDuration)
  tell(prefix, 'active', jobId, 'prev', 'waiting')
  -- As BullMQ does with a job that is due: it would count the delay once more when the job has waited for others.
  redis.call('HSET', jobKey, 'processedOn', now, 'pb', owner, 'delay', 0)
  redis.call('HINCRBY', jobKey, 'ats', 1)
  return redis.call('HGETALL', jobKey)
end
-- How often a job was claimed since it was put, or since it was let run again (O3). The fencing token itself goes on rising.

local function claimsOf(claims, claimsBefore)
  return tonumber(claims or 0) - tonumber(claimsBefore or 0)
end
-- Takes a pending job out of wherever it waits for its claim. \`prefix\` is that of its lane.
-- Quotas of a queue (Q5): who holds their slots, who waits for them in which lane, and who may try next.
--
-- \`base\` is that of a lane's keys, \`root\` what stands before all keys. A job holds all of its quotas or none. One that finds a
-- quota full is *parked*: in no list of BullMQ's, but among the lane's parked jobs and the waiters of that one quota. A slot that is
-- freed wakes, in each lane, as many waiters as there are free slots: they go to the head of the lane's wait list, and whoever is
-- claimed first gets the slot. A lane that nobody serves so takes no slot from the others. Until a woken job has tried, it stands
-- before all that come after it in its lane.
-- The key of a job is the prefix of its lane and its id.

local function splitJobKey(key)
  return string.match(key, '^(.*:)([^:]*)$')
end

local function splitBase(base)
  local root, queue = string.match(base, '^(.*:)([^:/]+)[^:]*:$')
  return root, root .. queue
end

-- The bases of all lanes of a queue that jobs with quotas can be in.
local function laneBases(queueBase)
  local bases = { queueBase .. ':' }
  for _, lane in ipairs(redis.call('SMEMBERS', queueBase .. ':lanes')) do bases[#bases + 1] = queueBase .. '/' .. lane .. ':' end
  return bases
end

-- The names of the quotas of a job; most jobs have none.
local function quotasOf(jobKey)
  local options = redis.pcall('HGET', jobKey, 'opts')
  if type(options) ~= 'string' or not string.find(options, '"quotas"', 1, true) then return {} end
  -- A job whose options are damaged holds none: it was never started.
  local isJson, decoded = pcall(cjson.decode, options)
  local quotas = isJson and type(decoded) == 'table' and decoded.quotas
  local names = {}
  for _, name in ipairs(type(quotas) == 'table' and quotas or {}) do
    if type(name) == 'string' then names[#names + 1] = name end
  end
  return names
end

-- The key that holds something of a quota: 'holders' of the queue, 'waiters' and 'woken' of each lane.
local function holdersKey(queueBase, name) return queueBase .. ':quota:' .. name .. ':holders' end
local function laneKey(base, name, what)
  local root, queueBase = splitBase(base)
  return queueBase .. ':quota:' .. name .. ':' .. what .. ':' .. string.sub(base, #root + 1, -2)
end

-- How many slots are free for a job that arrived then, in its lane; nil for a quota that is not there.
local function freeSlots(base, name, arrival)
  local _, queueBase = splitBase(base)
  local size = redis.call('HGET', queueBase .. ':quotas', name)
  if not size then return nil end
  local before = redis.call('ZCOUNT', laneKey(base, name, 'woken'), '-inf', arrival and '(' .. arrival or '+inf')
  -- A size that is no number lets none start.
  return (tonumber(size) or 0) - redis.call('HLEN', holdersKey(queueBase, name)) - before
end

-- The first quota that has no slot for a job. One that is not there is not full: whoever claims the job says so.
local function firstFull(base, names, arrival)
  for _, name in ipairs(names) do
    local free = freeSlots(base, name, arrival)
    if free and free <= 0 then return name end
  end
end

local function park(base, name, id, arrival)
  redis.call('ZADD', laneKey(base, name, 'waiters'), arrival, id)
  redis.call('ZADD', base .. 'parked', arrival, id)
end

local function wakeInLane(base, name)
  local waitersKey = laneKey(base, name, 'waiters')
  local woken = {}
  while (freeSlots(base, name) or math.huge) > 0 do
    local first = redis.call('ZRANGE', waitersKey, 0, 0, 'WITHSCORES')
    if #first == 0 then break end
    local id, arrival = first[1], first[2]
    local names = quotasOf(base .. id)
    local full = firstFull(base, names, arrival)
    if full == name then break end
    redis.call('ZREM', waitersKey, id)
    redis.call('ZREM', base .. 'parked', id)
    if full then
      -- It waits for another one now: whoever comes after it here must not wait with it.
      park(base, full, id, arrival)
    elseif redis.call('EXISTS', base .. id) == 1 then
      for _, own in ipairs(names) do redis.call('ZADD', laneKey(base, own, 'woken'), arrival, id) end
      woken[#woken + 1] = id
    end
  end
  for i = #woken, 1, -1 do pushToWait(base, woken[i], 'RPUSH') end
end

-- Wakes whom the free slots of a quota are for, in every lane.
local function wakeWaiters(queueBase, name)
  for _, base in ipairs(laneBases(queueBase)) do wakeInLane(base, name) end
end

-- How many jobs wait for a slot, in any lane, also those that were woken and have not tried yet.
local function countWaiters(queueBase, name)
  local count = 0
  for _, base in ipairs(laneBases(queueBase)) do
    count = count + redis.call('ZCARD', laneKey(base, name, 'waiters')) + redis.call('ZCARD', laneKey(base, name, 'woken'))
  end
  return count
end

-- Frees what a job holds, and what it waits for. token: only slots taken under it; nil for all.
local function freeQuotas(base, id, token)
  local names = quotasOf(base .. id)
  if #names == 0 then return end
  local root, queueBase = splitBase(base)
  local member = string.sub(base, #root + 1) .. id
  for _, name in ipairs(names) do
    local key = holdersKey(queueBase, name)
    if not token or redis.call('HGET', key, member) == token then redis.call('HDEL', key, member) end
    redis.call('ZREM', laneKey(base, name, 'woken'), id)
    if not token then redis.call('ZREM', laneKey(base, name, 'waiters'), id) end
  end
  if not token then redis.call('ZREM', base .. 'parked', id) end
  for _, name in ipairs(names) do wakeWaiters(queueBase, name) end
end

-- Drops those from the holders of a quota who hold it wrongly: jobs that are gone, have their result, or wait for their time.
local function dropDeadHolders(root, queueBase, name)
  local key = holdersKey(queueBase, name)
  local dropped = false
  for _, member in ipairs(redis.call('HKEYS', key)) do
    local jobKey = root .. member
    local base, id = splitJobKey(jobKey)
    -- What is stored under its key may be no job (B1).
    local task, finishedOn, result = unpack(redis.pcall('HMGET', jobKey, 'name', 'finishedOn', 'result'))
    local isLater = redis.call('EXISTS', jobKey .. ':lock') == 0 and redis.call('ZSCORE', base .. 'delayed', id)
    if not task or finishedOn or result or isLater then
      redis.call('HDEL', key, member)
      dropped = true
    end
  end
  return dropped
end

-- Whether it was there. The oldest jobs stand at the right of the wait list, and are looked for first.
local function takePending(prefix, jobId)
  local found = redis.call('ZREM', prefix .. 'delayed', jobId) == 1 or redis.call('ZREM', prefix .. 'parked', jobId) == 1
    or redis.call('LREM', prefix .. 'wait', -1, jobId) == 1 or redis.call('HDEL', prefix .. 'set-aside', jobId) == 1
  -- Nobody waits behind it for a slot any more.
  if found then pcall(freeQuotas, prefix, jobId) end
  return found
end
local deadlinesKey = KEYS[1]
local queuePrefix, mainLane, token, owner, lockDuration = unpack(ARGV, 1, 5)
local now = tonumber(ARGV[6])
local MAX_LOOKS = 50
-- A claimed job may be put back, and one that is set aside be tried again: it is looked at again, more and more seldom.
local SOONEST = 1000

local function lookAgain(member, at) redis.call('ZADD', deadlinesKey, string.format('%.0f', at), member) end

-- What is written of a job may be there before the job is, whose put may be slow: it is looked for so many ms later, and then dropped.
-- A slash at the head of the member counts each time that it was not there.
local NOT_THERE = { 1000, 10000, 60000 }

local function notThere(member)
  local slashes = #string.match(member, '^/*')
  redis.call('ZREM', deadlinesKey, member)
  if NOT_THERE[slashes + 1] then lookAgain('/' .. member, now + NOT_THERE[slashes + 1]) end
end

-- What decides about it: by when it must have begun, nil where it has begun or has ended; its beginBy; whether its turn has not come.
local function look(prefix, jobId)
  local jobKey = prefix .. jobId
  local claims, before, manifest, chunks, finishedOn =
    unpack(redis.call('HMGET', jobKey, 'ats', 'claimsBefore', 'manifest', 'scheduledChunks', 'finishedOn'))
  local waits = redis.call('ZSCORE', prefix .. 'waiting-children', jobId)
  if finishedOn or (waits and claimsOf(claims, before) > 0) or hasScheduled(manifest, chunks) then return nil end
  local deadline, beginBy = beginDeadline(jobKey)
  return deadline, beginBy, waits
end

for _ = 1, MAX_LOOKS do
  local member, score = unpack(redis.call('ZRANGE', deadlinesKey, 0, 0, 'WITHSCORES'))
  if not member then return { 0 } end
  if tonumber(score) > now then return { tonumber(score) } end
  local lane, jobId = string.match(member, '^/*([^/]*)/(.*)$')
  -- What is nothing of ours is not there, either (B1).
  if not lane then lane, jobId = mainLane, member end
  local prefix = queuePrefix .. (lane == mainLane and ':' or '/' .. lane .. ':')
  local jobKey = prefix .. jobId
  local isRead, deadline, beginBy, waits = pcall(look, prefix, jobId)
  if redis.call('EXISTS', jobKey) == 0 then
    notThere(member)
  elseif not isRead or not deadline then
    -- It has ended, or has begun; or its record is damaged: whoever claims it sets it aside (B1).
    redis.call('ZREM', deadlinesKey, member)
  elseif waits then
    -- Its turn has not come.
    lookAgain(member, now + beginBy)
  elseif deadline > now then
    lookAgain(member, deadline)
  else
    lookAgain(member, now + math.max(SOONEST, now - deadline))
    local isPending = redis.call('EXISTS', jobKey .. ':lock') == 0 and redis.call('HEXISTS', prefix .. 'set-aside', jobId) == 0
    if isPending then
      -- One long search for a job that waits elsewhere is enough for one call.
      if not takePending(prefix, jobId) then return { now } end
      return { lane, jobId, claimJob(prefix, jobId, token, owner, lockDuration, ARGV[6]) }
    end
  end
end
return { now }
`,
  },
  claimUnknown: {
    name: 'claimUnknown',
    numberOfKeys: 2,
    lua: `--[[
  Claims a job that other processes could not run, wherever it waits: this one knows what they did not (B1).

  KEYS: unknown, job
  ARGV: jobId, prefix (of its lane), token, owner, lockDuration, now, claims (with which it was written down)
  Reply: its fields; nil where it does not wait for its next offer any more, or where its lane is paused or full
  Events: 'active'
]]
-- Claims one certain job, which is in no list any more, as BullMQ's claim does. \`prefix\` is that of its lane.
-- Puts a job into the wait list of its queue and wakes a worker, as BullMQ does. \`prefix\` is that of the queue.

local function maxEvents(prefix)
  return redis.call('HGET', prefix .. 'meta', 'opts.maxLenEvents') or 10000
end

-- Adds an event of a job to its queue's stream, as BullMQ does; what else it says follows, as name, value, name, value …
local function tell(prefix, event, jobId, ...)
  redis.call('XADD', prefix .. 'events', 'MAXLEN', '~', maxEvents(prefix), '*', 'event', event, 'jobId', jobId, ...)
end

local function isPausedOrFull(prefix)
  local paused, concurrency = unpack(redis.call('HMGET', prefix .. 'meta', 'paused', 'concurrency'))
  if paused then return true end
  return concurrency and redis.call('LLEN', prefix .. 'active') >= tonumber(concurrency)
end

-- side: 'RPUSH' for the head of the queue, 'LPUSH' for its tail.
local function pushToWait(prefix, jobId, side, previous)
  redis.call(side, prefix .. 'wait', jobId)
  if not isPausedOrFull(prefix) then redis.call('ZADD', prefix .. 'marker', 0, '0') end
  if previous then tell(prefix, 'waiting', jobId, 'prev', previous) else tell(prefix, 'waiting', jobId) end
end

-- Lets a job wait for those below it.
local function pushToWaitingChildren(prefix, jobId, timestamp, ...)
  redis.call('ZADD', prefix .. 'waiting-children', timestamp, jobId)
  tell(prefix, 'waiting-children', jobId, ...)
end

local function pushToDelayed(prefix, jobId, dueAt)
  local delayedKey = prefix .. 'delayed'
  -- As BullMQ: the low 12 bits of a delayed job's score keep the order of those that are due at the same time (Q1).
  local lowest, highest = dueAt * 0x1000, dueAt * 0x1000 + 0xfff
  local last = redis.call('ZREVRANGEBYSCORE', delayedKey, string.format('%.0f', highest), string.format('%.0f', lowest),
    'WITHSCORES', 'LIMIT', 0, 1)
  local score = last[2] and math.min(tonumber(last[2]) + 1, highest) or lowest
  redis.call('ZADD', delayedKey, string.format('%.0f', score), jobId)
  tell(prefix, 'delayed', jobId, 'delay', string.format('%.0f', dueAt))
  local first = redis.call('ZRANGE', delayedKey, 0, 0, 'WITHSCORES')
  redis.call('ZADD', prefix .. 'marker', string.format('%.0f', math.floor(tonumber(first[2]) / 0x1000)), '1')
end

-- Returns the fields of the job.
local function claimJob(prefix, jobId, token, owner, lockDuration, now)
  local jobKey = prefix .. jobId
  redis.call('LPUSH', prefix .. 'active', jobId)
  redis.call('SET', jobKey .. ':lock', token, 'PX', lockDuration)
  tell(prefix, 'active', jobId, 'prev', 'waiting')
  -- As BullMQ does with a job that is due: it would count the delay once more when the job has waited for others.
  redis.call('HSET', jobKey, 'processedOn', now, 'pb', owner, 'delay', 0)
  redis.call('HINCRBY', jobKey, 'ats', 1)
  return redis.call('HGETALL', jobKey)
end
-- Takes a pending job out of wherever it waits for its claim. \`prefix\` is that of its lane.
-- Quotas of a queue (Q5): who holds their slots, who waits for them in which lane, and who may try next.
--
-- \`base\` is that of a lane's keys, \`root\` what stands before all keys. A job holds all of its quotas or none. One that finds a
-- quota full is *parked*: in no list of BullMQ's, but among the lane's parked jobs and the waiters of that one quota. A slot that is
-- freed wakes, in each lane, as many waiters as there are free slots: they go to the head of the lane's wait list, and whoever is
-- claimed first gets the slot. A lane that nobody serves so takes no slot from the others. Until a woken job has tried, it stands
-- before all that come after it in its lane.
-- The key of a job is the prefix of its lane and its id.

local function splitJobKey(key)
  return string.match(key, '^(.*:)([^:]*)$')
end

local function splitBase(base)
  local root, queue = string.match(base, '^(.*:)([^:/]+)[^:]*:$')
  return root, root .. queue
end

-- The bases of all lanes of a queue that jobs with quotas can be in.
local function laneBases(queueBase)
  local bases = { queueBase .. ':' }
  for _, lane in ipairs(redis.call('SMEMBERS', queueBase .. ':lanes')) do bases[#bases + 1] = queueBase .. '/' .. lane .. ':' end
  return bases
end

-- The names of the quotas of a job; most jobs have none.
local function quotasOf(jobKey)
  local options = redis.pcall('HGET', jobKey, 'opts')
  if type(options) ~= 'string' or not string.find(options, '"quotas"', 1, true) then return {} end
  -- A job whose options are damaged holds none: it was never started.
  local isJson, decoded = pcall(cjson.decode, options)
  local quotas = isJson and type(decoded) == 'table' and decoded.quotas
  local names = {}
  for _, name in ipairs(type(quotas) == 'table' and quotas or {}) do
    if type(name) == 'string' then names[#names + 1] = name end
  end
  return names
end

-- The key that holds something of a quota: 'holders' of the queue, 'waiters' and 'woken' of each lane.
local function holdersKey(queueBase, name) return queueBase .. ':quota:' .. name .. ':holders' end
local function laneKey(base, name, what)
  local root, queueBase = splitBase(base)
  return queueBase .. ':quota:' .. name .. ':' .. what .. ':' .. string.sub(base, #root + 1, -2)
end

-- How many slots are free for a job that arrived then, in its lane; nil for a quota that is not there.
local function freeSlots(base, name, arrival)
  local _, queueBase = splitBase(base)
  local size = redis.call('HGET', queueBase .. ':quotas', name)
  if not size then return nil end
  local before = redis.call('ZCOUNT', laneKey(base, name, 'woken'), '-inf', arrival and '(' .. arrival or '+inf')
  -- A size that is no number lets none start.
  return (tonumber(size) or 0) - redis.call('HLEN', holdersKey(queueBase, name)) - before
end

-- The first quota that has no slot for a job. One that is not there is not full: whoever claims the job says so.
local function firstFull(base, names, arrival)
  for _, name in ipairs(names) do
    local free = freeSlots(base, name, arrival)
    if free and free <= 0 then return name end
  end
end

local function park(base, name, id, arrival)
  redis.call('ZADD', laneKey(base, name, 'waiters'), arrival, id)
  redis.call('ZADD', base .. 'parked', arrival, id)
end

local function wakeInLane(base, name)
  local waitersKey = laneKey(base, name, 'waiters')
  local woken = {}
  while (freeSlots(base, name) or math.huge) > 0 do
    local first = redis.call('ZRANGE', waitersKey, 0, 0, 'WITHSCORES')
    if #first == 0 then break end
    local id, arrival = first[1], first[2]
    local names = quotasOf(base .. id)
    local full = firstFull(base, names, arrival)
    if full == name then break end
    redis.call('ZREM', waitersKey, id)
    redis.call('ZREM', base .. 'parked', id)
    if full then
      -- It waits for another one now: whoever comes after it here must not wait with it.
      park(base, full, id, arrival)
    elseif redis.call('EXISTS', base .. id) == 1 then
      for _, own in ipairs(names) do redis.call('ZADD', laneKey(base, own, 'woken'), arrival, id) end
      woken[#woken + 1] = id
    end
  end
  for i = #woken, 1, -1 do pushToWait(base, woken[i], 'RPUSH') end
end

-- Wakes whom the free slots of a quota are for, in every lane.
local function wakeWaiters(queueBase, name)
  for _, base in ipairs(laneBases(queueBase)) do wakeInLane(base, name) end
end

-- How many jobs wait for a slot, in any lane, also those that were woken and have not tried yet.
local function countWaiters(queueBase, name)
  local count = 0
  for _, base in ipairs(laneBases(queueBase)) do
    count = count + redis.call('ZCARD', laneKey(base, name, 'waiters')) + redis.call('ZCARD', laneKey(base, name, 'woken'))
  end
  return count
end

-- Frees what a job holds, and what it waits for. token: only slots taken under it; nil for all.
local function freeQuotas(base, id, token)
  local names = quotasOf(base .. id)
  if #names == 0 then return end
  local root, queueBase = splitBase(base)
  local member = string.sub(base, #root + 1) .. id
  for _, name in ipairs(names) do
    local key = holdersKey(queueBase, name)
    if not token or redis.call('HGET', key, member) == token then redis.call('HDEL', key, member) end
    redis.call('ZREM', laneKey(base, name, 'woken'), id)
    if not token then redis.call('ZREM', laneKey(base, name, 'waiters'), id) end
  end
  if not token then redis.call('ZREM', base .. 'parked', id) end
  for _, name in ipairs(names) do wakeWaiters(queueBase, name) end
end

-- Drops those from the holders of a quota who hold it wrongly: jobs that are gone, have their result, or wait for their time.
local function dropDeadHolders(root, queueBase, name)
  local key = holdersKey(queueBase, name)
  local dropped = false
  for _, member in ipairs(redis.call('HKEYS', key)) do
    local jobKey = root .. member
    local base, id = splitJobKey(jobKey)
    -- What is stored under its key may be no job (B1).
    local task, finishedOn, result = unpack(redis.pcall('HMGET', jobKey, 'name', 'finishedOn', 'result'))
    local isLater = redis.call('EXISTS', jobKey .. ':lock') == 0 and redis.call('ZSCORE', base .. 'delayed', id)
    if not task or finishedOn or result or isLater then
      redis.call('HDEL', key, member)
      dropped = true
    end
  end
  return dropped
end

-- Whether it was there. The oldest jobs stand at the right of the wait list, and are looked for first.
local function takePending(prefix, jobId)
  local found = redis.call('ZREM', prefix .. 'delayed', jobId) == 1 or redis.call('ZREM', prefix .. 'parked', jobId) == 1
    or redis.call('LREM', prefix .. 'wait', -1, jobId) == 1 or redis.call('HDEL', prefix .. 'set-aside', jobId) == 1
  -- Nobody waits behind it for a slot any more.
  if found then pcall(freeQuotas, prefix, jobId) end
  return found
end
local unknownKey, jobKey = KEYS[1], KEYS[2]
local jobId, prefix, token, owner, lockDuration, now, claims = unpack(ARGV)

local paused, concurrency = unpack(redis.call('HMGET', prefix .. 'meta', 'paused', 'concurrency'))
if paused or concurrency and redis.call('LLEN', prefix .. 'active') >= tonumber(concurrency) then return nil end
redis.call('HDEL', unknownKey, jobId)
-- It was claimed since, and what it waits for now is something else.
if redis.call('HGET', jobKey, 'ats') ~= claims or redis.call('HEXISTS', prefix .. 'set-aside', jobId) == 1 then return nil end
if redis.call('EXISTS', jobKey .. ':lock') == 1 or not takePending(prefix, jobId) then return nil end
return claimJob(prefix, jobId, token, owner, lockDuration, now)
`,
  },
  commitPuts: {
    name: 'commitPuts',
    numberOfKeys: 3,
    lua: `--[[
  Puts the jobs that a run has put, with what commits them: all of them, or none (J6). Fenced by the run's token (I5). What commits
  them is one of four:
  'finish'     in one MULTI, before it: checks what it will check, and leaves the lock with another token, for the finish
  'callbacks'  in one MULTI, before the result is stored and the callbacks begin: as that will be refused; nothing where there are none
  'schedule'   in one MULTI, after its last chunk
  'once'       something that the run does once (O5): its result is stored here

  KEYS: job (whose run it is), lock, active
  ARGV: token, what commits them, detail (the other token; ''; the number of chunks; the key), result (JSON, of 'once'), timestamp,
        then for each job: prefix (of its lane), id, task, args, options, dueAt ('0': now), callbacks (JSON; '' for none),
        appendTo (the key of the job that is to wait for it, and of which the run is a part; '' for none), entry (what that keeps of it)
  Reply: the number of jobs put; -6 where somebody else holds the job; -1, -2, -3, -4, -9: what is to follow would be refused so
  Events: 'added', and 'waiting' or 'delayed', for each job
]]
-- The callbacks of a job that have not begun (J7).

-- Answers with their keys, in order.
local function callbacksToRun(jobKey)
  local keys = {}
  for _, key in ipairs(cjson.decode(redis.call('HGET', jobKey, 'callbacks') or '[]')) do
    if redis.call('HEXISTS', key, 'held') == 1 then keys[#keys + 1] = key end
  end
  return keys
end
-- Stores callbacks with the job that they are added to: each has a hash, and stands in no list before its turn comes (J7).
-- The key of a job is the prefix of its lane and its id.

local function splitJobKey(key)
  return string.match(key, '^(.*:)([^:]*)$')
end

local holdCallbacks

-- callback: { base, id, task, args, options, callbacks }, \`base\` being the prefix of its lane. Answers with its key; nil where it is
-- there already: it is left as it is, so that what stores it can be repeated.
local function holdCallback(ownerKey, callback, timestamp)
  local key = callback.base .. callback.id
  if redis.call('HEXISTS', key, 'name') == 1 then return nil end
  redis.call('HSET', key, 'name', callback.task, 'data', callback.args, 'opts', callback.options,
    'timestamp', timestamp, 'delay', 0, 'priority', 0, 'held', 1, 'callbackOf', ownerKey)
  holdCallbacks(key, callback.callbacks, timestamp)
  return key
end

-- Adds keys of callbacks to one of the lists in their job's hash.
local function listCallbacks(ownerKey, field, keys)
  if #keys == 0 then return end
  local listed = cjson.decode(redis.call('HGET', ownerKey, field) or '[]')
  for _, key in ipairs(keys) do listed[#listed + 1] = key end
  redis.call('HSET', ownerKey, field, cjson.encode(listed))
end

function holdCallbacks(ownerKey, callbacks, timestamp)
  local keys = {}
  for _, callback in ipairs(callbacks) do keys[#keys + 1] = holdCallback(ownerKey, callback, timestamp) end
  listCallbacks(ownerKey, 'callbacks', keys)
end
-- Adds a job to those that a joining job waits for already: on behalf of one of them that has not completed (C4).
-- The way up from a job to the one that waits for it and for others: the joining job.

-- The joining job of those that are all below \`outerKey\`; nil where it is gone.
local function joinedBelow(outerKey)
  local joined, manifest, outerParentKey = unpack(redis.call('HMGET', outerKey, 'joined', 'manifest', 'parentKey'))
  -- What is called with the results waits for them as long as it has scheduled nothing itself.
  local joiningKey = joined and not manifest and outerParentKey or outerKey
  return redis.call('HEXISTS', joiningKey, 'name') == 1 and joiningKey or nil
end

-- Returns the keys of the joining job, of the job that all others are below (the one that is called with them, or the joining
-- job), and of the job's parent; nil where nobody waits for it. In a row the parent is the next part: the outer one stands in \`of\`.
local function joiningJob(jobKey)
  local parentKey, parent = unpack(redis.call('HMGET', jobKey, 'parentKey', 'parent'))
  if not parentKey then return nil end
  local outerKey = parent and cjson.decode(parent)['of'] or parentKey
  local joiningKey = joinedBelow(outerKey)
  if not joiningKey then return nil end
  return joiningKey, outerKey, parentKey
end
-- Puts a new job into its queue, as BullMQ's adding scripts do. \`prefix\` is that of its lane.
-- Puts a job into the wait list of its queue and wakes a worker, as BullMQ does. \`prefix\` is that of the queue.

local function maxEvents(prefix)
  return redis.call('HGET', prefix .. 'meta', 'opts.maxLenEvents') or 10000
end

-- Adds an event of a job to its queue's stream, as BullMQ does; what else it says follows, as name, value, name, value …
local function tell(prefix, event, jobId, ...)
  redis.call('XADD', prefix .. 'events', 'MAXLEN', '~', maxEvents(prefix), '*', 'event', event, 'jobId', jobId, ...)
end

local function isPausedOrFull(prefix)
  local paused, concurrency = unpack(redis.call('HMGET', prefix .. 'meta', 'paused', 'concurrency'))
  if paused then return true end
  return concurrency and redis.call('LLEN', prefix .. 'active') >= tonumber(concurrency)
end

-- side: 'RPUSH' for the head of the queue, 'LPUSH' for its tail.
local function pushToWait(prefix, jobId, side, previous)
  redis.call(side, prefix .. 'wait', jobId)
  if not isPausedOrFull(prefix) then redis.call('ZADD', prefix .. 'marker', 0, '0') end
  if previous then tell(prefix, 'waiting', jobId, 'prev', previous) else tell(prefix, 'waiting', jobId) end
end

-- Lets a job wait for those below it.
local function pushToWaitingChildren(prefix, jobId, timestamp, ...)
  redis.call('ZADD', prefix .. 'waiting-children', timestamp, jobId)
  tell(prefix, 'waiting-children', jobId, ...)
end

local function pushToDelayed(prefix, jobId, dueAt)
  local delayedKey = prefix .. 'delayed'
  -- As BullMQ: the low 12 bits of a delayed job's score keep the order of those that are due at the same time (Q1).
  local lowest, highest = dueAt * 0x1000, dueAt * 0x1000 + 0xfff
  local last = redis.call('ZREVRANGEBYSCORE', delayedKey, string.format('%.0f', highest), string.format('%.0f', lowest),
    'WITHSCORES', 'LIMIT', 0, 1)
  local score = last[2] and math.min(tonumber(last[2]) + 1, highest) or lowest
  redis.call('ZADD', delayedKey, string.format('%.0f', score), jobId)
  tell(prefix, 'delayed', jobId, 'delay', string.format('%.0f', dueAt))
  local first = redis.call('ZRANGE', delayedKey, 0, 0, 'WITHSCORES')
  redis.call('ZADD', prefix .. 'marker', string.format('%.0f', math.floor(tonumber(first[2]) / 0x1000)), '1')
end

-- dueAt: '0' for a job that may start at once.
local function newJob(timestamp, prefix, id, task, args, options, dueAt)
  local delay = math.max(0, tonumber(dueAt) - tonumber(timestamp))
  redis.call('HSET', prefix .. id, 'name', task, 'data', args, 'opts', options, 'timestamp', timestamp,
    'delay', string.format('%.0f', delay), 'priority', 0)
  redis.call('XADD', prefix .. 'events', '*', 'event', 'added', 'jobId', id, 'name', task)
  if delay > 0 then pushToDelayed(prefix, id, tonumber(dueAt)) else pushToWait(prefix, id, 'LPUSH') end
end

-- Composites nest, but not as deep as this.
local MAX_DEPTH = 100

-- The outer job of the joining job, and the one of the jobs below it through which the appender belongs to it; nil where the appender
-- does not, or where that one has completed: the joining job may go on then.
local function placeToAppend(appenderKey, joiningKey)
  local ended, aborted, cancelled, stopped, result =
    unpack(redis.call('HMGET', joiningKey, 'finishedOn', 'aborted', 'cancelled', 'stopped', 'result'))
  if ended or aborted or cancelled or stopped or result then return nil end
  local key = appenderKey
  for _ = 1, MAX_DEPTH do
    local above, outerKey, parentKey = joiningJob(key)
    if not above then return nil end
    if above == joiningKey then
      -- What is called with the results, or a callback of the joining job itself, comes after the others.
      local comesAfter = redis.call('HEXISTS', key, 'joined') == 1 or redis.call('HEXISTS', key, 'callbackOf') == 1
      if comesAfter or redis.call('SISMEMBER', parentKey .. ':dependencies', key) == 0 then return nil end
      return outerKey, key
    end
    key = above
  end
  return nil
end

-- What is called with the results names it with its queue, whatever lane it is in itself.
local function noteAppended(joiningKey, outerKey, key, id, entry)
  local n = redis.call('HINCRBY', joiningKey, 'appended', 1)
  redis.call('HSET', joiningKey, 'appended:' .. id, n .. ' ' .. entry)
  if outerKey ~= joiningKey then
    redis.call('HSET', outerKey, 'joinedMore', 1, 'joined:' .. string.match(key, '[^:]*:[^:]*$'), n)
  end
end

-- In a row the job comes after the last one, whose end releases it.
local function appendToRow(timestamp, prefix, id, task, args, options, parent, outerKey)
  local key, dependenciesKey = prefix .. id, outerKey .. ':dependencies'
  local lastKey = redis.call('SMEMBERS', dependenciesKey)[1]
  redis.call('HSET', key, 'name', task, 'data', args, 'opts', options, 'timestamp', timestamp, 'delay', 0, 'priority', 0,
    'parentKey', outerKey, 'parent', cjson.encode(parent))
  pushToWaitingChildren(prefix, id, timestamp)
  redis.call('SREM', dependenciesKey, lastKey)
  redis.call('SADD', dependenciesKey, key)
  redis.call('SADD', key .. ':dependencies', lastKey)
  parent.id, parent.queueKey = id, string.sub(prefix, 1, -2)
  redis.call('HSET', lastKey, 'parentKey', key, 'parent', cjson.encode(parent))
end

-- Returns whether it was added. entry: what the joining job keeps of it, JSON.
local function appendPart(timestamp, prefix, id, task, args, options, dueAt, appenderKey, joiningKey, entry)
  local outerKey, nodeKey = placeToAppend(appenderKey, joiningKey)
  if not outerKey then return false end
  local key = prefix .. id
  local parent = cjson.decode(redis.call('HGET', nodeKey, 'parent'))
  local outerPrefix, outerId = splitJobKey(outerKey)
  parent.id, parent.queueKey = outerId, string.sub(outerPrefix, 1, -2)
  if parent.of then
    appendToRow(timestamp, prefix, id, task, args, options, parent, outerKey)
  else
    newJob(timestamp, prefix, id, task, args, options, dueAt)
    redis.call('HSET', key, 'parentKey', outerKey, 'parent', cjson.encode(parent))
    redis.call('SADD', outerKey .. ':dependencies', key)
  end
  noteAppended(joiningKey, outerKey, key, id, entry)
  return true
end
local jobKey, lockKey, activeKey = KEYS[1], KEYS[2], KEYS[3]
local token, by, detail, result, timestamp = unpack(ARGV, 1, 5)
local FIRST, FIELDS = 6, 9

local function isActive()
  local _, jobId = splitJobKey(jobKey)
  return redis.call('LPOS', activeKey, jobId, 'RANK', -1)
end

local holder = redis.call('GET', lockKey)
-- They were put, and the finish failed: it is repeated.
if by == 'finish' and holder == detail then return 0 end
if not holder then return -2 end
if holder ~= token then return -6 end
if by == 'finish' then
  if redis.call('EXISTS', jobKey) == 0 then return -1 end
  if redis.call('SCARD', jobKey .. ':dependencies') ~= 0 then return -4 end
  if redis.call('ZCARD', jobKey .. ':unsuccessful') ~= 0 then return -9 end
  if not isActive() then return -3 end
elseif by == 'callbacks' then
  if #callbacksToRun(jobKey) == 0 then return 0 end
  if redis.call('SCARD', jobKey .. ':dependencies') ~= 0 then return -4 end
  if not isActive() then return -3 end
elseif by == 'schedule' then
  local scheduledChunks, putBy = unpack(redis.call('HMGET', jobKey, 'scheduledChunks', 'putBy'))
  -- The schedule was refused; or it is repeated after a lost reply.
  if scheduledChunks ~= detail or putBy == token then return 0 end
elseif redis.call('HEXISTS', jobKey .. ':once', detail) == 1 then
  return 0
end

for i = FIRST, #ARGV, FIELDS do
  local prefix, id, task, args, options, dueAt, callbacks, appendTo, entry = unpack(ARGV, i, i + FIELDS - 1)
  local key = prefix .. id
  if redis.call('HEXISTS', key, 'name') == 0 then
    -- Where nobody waits for it any more it is not put at all: what it was to be a part of has ended.
    local isPut = true
    if appendTo == '' then newJob(timestamp, prefix, id, task, args, options, dueAt)
    else isPut = appendPart(timestamp, prefix, id, task, args, options, dueAt, jobKey, appendTo, entry) end
    if isPut and callbacks ~= '' then holdCallbacks(key, cjson.decode(callbacks), timestamp) end
  elseif appendTo == '' and redis.call('HEXISTS', key, 'parentKey') == 1 then
    -- The run waits for a job that it has put, and which its schedule has created: it is a job of its own all the same.
    redis.call('HSET', key, 'linked', 1)
  end
end
if by == 'finish' then redis.call('SET', lockKey, detail, 'KEEPTTL')
elseif by == 'schedule' then redis.call('HSET', jobKey, 'putBy', token)
elseif by == 'once' then redis.call('HSET', jobKey .. ':once', detail, result) end
return (#ARGV - FIRST + 1) / FIELDS
`,
  },
  completedRoots: {
    name: 'completedRoots',
    numberOfKeys: 1,
    lua: `--[[
  Looks through jobs that have ended for those that may be removed by themselves: not parts of a job that is stored, nor needed by one
  that has not ended (J9).

  KEYS: ended (a set of BullMQ: completed or failed)
  ARGV: prefix, side ('newest' or 'oldest' first), start, stop, before (milliseconds since 1970: only those that ended earlier)
  Reply: how many were looked at, then id and time of each that stands by itself
]]
-- For whom a job that has ended is kept: the one that it is a part of, and others that waited for it (J5, J9).
-- The way up from a job to the one that waits for it and for others: the joining job.
-- The key of a job is the prefix of its lane and its id.

local function splitJobKey(key)
  return string.match(key, '^(.*:)([^:]*)$')
end

-- The joining job of those that are all below \`outerKey\`; nil where it is gone.
local function joinedBelow(outerKey)
  local joined, manifest, outerParentKey = unpack(redis.call('HMGET', outerKey, 'joined', 'manifest', 'parentKey'))
  -- What is called with the results waits for them as long as it has scheduled nothing itself.
  local joiningKey = joined and not manifest and outerParentKey or outerKey
  return redis.call('HEXISTS', joiningKey, 'name') == 1 and joiningKey or nil
end

-- Returns the keys of the joining job, of the job that all others are below (the one that is called with them, or the joining
-- job), and of the job's parent; nil where nobody waits for it. In a row the parent is the next part: the outer one stands in \`of\`.
local function joiningJob(jobKey)
  local parentKey, parent = unpack(redis.call('HMGET', jobKey, 'parentKey', 'parent'))
  if not parentKey then return nil end
  local outerKey = parent and cjson.decode(parent)['of'] or parentKey
  local joiningKey = joinedBelow(outerKey)
  if not joiningKey then return nil end
  return joiningKey, outerKey, parentKey
end
-- The keys in a list that is kept as JSON. Of a damaged one nothing is known (B1).
local function keysIn(json)
  local isJson, keys = pcall(cjson.decode, json or '[]')
  return isJson and type(keys) == 'table' and keys or {}
end

local function isUnfinished(key)
  local name, finishedOn = unpack(redis.call('HMGET', key, 'name', 'finishedOn'))
  return name and not finishedOn
end

-- partOf: the key of the one that it was a part of.
local function standsByItself(parentKey, partOf)
  return not (parentKey and redis.call('EXISTS', parentKey) == 1 or partOf and redis.call('EXISTS', partOf) == 1)
end

-- neededBy: JSON of the keys that waited for it; in a row the job that waits is above these.
local function isNeeded(neededBy)
  for _, key in ipairs(keysIn(neededBy)) do
    local joiningKey = joiningJob(key)
    if isUnfinished(key) or joiningKey and isUnfinished(joiningKey) then return true end
  end
  return false
end
local endedKey = KEYS[1]
local prefix, side, start, stop, before = unpack(ARGV)

local found = redis.call(side == 'newest' and 'ZREVRANGE' or 'ZRANGE', endedKey, start, stop, 'WITHSCORES')
local roots = { 0 }
for i = 1, #found, 2 do
  if tonumber(found[i + 1]) >= tonumber(before) then break end
  roots[1] = roots[1] + 1
  local parentKey, partOf, neededBy = unpack(redis.call('HMGET', prefix .. found[i], 'parentKey', 'partOf', 'neededBy'))
  if standsByItself(parentKey, partOf) and not isNeeded(neededBy) then
    roots[#roots + 1] = found[i]
    roots[#roots + 1] = found[i + 1]
  end
end
return roots
`,
  },
  countPending: {
    name: 'countPending',
    numberOfKeys: 3,
    lua: `--[[
  Counts the pending jobs of a lane: those that wait, but for suspended ones that were woken, those that wait for quotas, and those
  that are delayed.

  KEYS: wait, delayed, parked
  ARGV: prefix, depth (how many of the next jobs are looked at for woken ones)
  Reply: the number
]]
local waitKey, delayedKey, parkedKey = KEYS[1], KEYS[2], KEYS[3]
local prefix, depth = ARGV[1], tonumber(ARGV[2])

local count = redis.call('LLEN', waitKey) + redis.call('ZCARD', delayedKey) + redis.call('ZCARD', parkedKey)
for _, id in ipairs(redis.call('LRANGE', waitKey, -depth, -1)) do
  local manifest, result = unpack(redis.call('HMGET', prefix .. id, 'manifest', 'result'))
  if manifest or result then count = count - 1 end
end
return count
`,
  },
  dropEnded: {
    name: 'dropEnded',
    numberOfKeys: 1,
    lua: `--[[
  Removes jobs that have ended, with all that is stored of them (J9): by themselves, or from below one that is being removed.

  KEYS: the first of the jobs
  ARGV: parent (the key of the job that they stand below; '' for those that stand by themselves), composites (JSON of the keys of the
        composites that they are below, at any depth), then the keys of the jobs
  Reply: how many were removed, then of those below which others stand the key and whether it is a composite (1 or 0): these go first
]]
-- The key of a job is the prefix of its lane and its id.

local function splitJobKey(key)
  return string.match(key, '^(.*:)([^:]*)$')
end
-- All that is stored of one job: whoever removes a job removes these, and why nobody could run it, or why it was set aside (J9).

local JOB_KEYS = { '', ':lock', ':dependencies', ':processed', ':failed', ':unsuccessful', ':logs', ':annotations',
  ':once' }

local function deleteJobKeys(jobKey)
  local keys = {}
  for i, suffix in ipairs(JOB_KEYS) do keys[i] = jobKey .. suffix end
  redis.call('UNLINK', unpack(keys))
  local base, id = splitJobKey(jobKey)
  redis.pcall('HDEL', base .. 'unknown', id)
  redis.pcall('HDEL', base .. 'set-aside', id)
end
-- For whom a job that has ended is kept: the one that it is a part of, and others that waited for it (J5, J9).
-- The way up from a job to the one that waits for it and for others: the joining job.

-- The joining job of those that are all below \`outerKey\`; nil where it is gone.
local function joinedBelow(outerKey)
  local joined, manifest, outerParentKey = unpack(redis.call('HMGET', outerKey, 'joined', 'manifest', 'parentKey'))
  -- What is called with the results waits for them as long as it has scheduled nothing itself.
  local joiningKey = joined and not manifest and outerParentKey or outerKey
  return redis.call('HEXISTS', joiningKey, 'name') == 1 and joiningKey or nil
end

-- Returns the keys of the joining job, of the job that all others are below (the one that is called with them, or the joining
-- job), and of the job's parent; nil where nobody waits for it. In a row the parent is the next part: the outer one stands in \`of\`.
local function joiningJob(jobKey)
  local parentKey, parent = unpack(redis.call('HMGET', jobKey, 'parentKey', 'parent'))
  if not parentKey then return nil end
  local outerKey = parent and cjson.decode(parent)['of'] or parentKey
  local joiningKey = joinedBelow(outerKey)
  if not joiningKey then return nil end
  return joiningKey, outerKey, parentKey
end
-- The keys in a list that is kept as JSON. Of a damaged one nothing is known (B1).
local function keysIn(json)
  local isJson, keys = pcall(cjson.decode, json or '[]')
  return isJson and type(keys) == 'table' and keys or {}
end

local function isUnfinished(key)
  local name, finishedOn = unpack(redis.call('HMGET', key, 'name', 'finishedOn'))
  return name and not finishedOn
end

-- partOf: the key of the one that it was a part of.
local function standsByItself(parentKey, partOf)
  return not (parentKey and redis.call('EXISTS', parentKey) == 1 or partOf and redis.call('EXISTS', partOf) == 1)
end

-- neededBy: JSON of the keys that waited for it; in a row the job that waits is above these.
local function isNeeded(neededBy)
  for _, key in ipairs(keysIn(neededBy)) do
    local joiningKey = joiningJob(key)
    if isUnfinished(key) or joiningKey and isUnfinished(joiningKey) then return true end
  end
  return false
end
local parentKey, composites = ARGV[1], cjson.decode(ARGV[2])
local FIRST_JOB = 3

-- One was let run again meanwhile, and keeps what stands below it (O3).
if parentKey ~= '' and isUnfinished(parentKey) then return { 0 } end
for _, key in ipairs(composites) do if isUnfinished(key) then return { 0 } end end

local left = { 0 }
for i = FIRST_JOB, #ARGV do
  local key = ARGV[i]
  local prefix, id = splitJobKey(key)
  local above, linked, partOf, finishedOn, neededBy =
    unpack(redis.call('HMGET', key, 'parentKey', 'linked', 'partOf', 'finishedOn', 'neededBy'))
  local isOwn
  if parentKey == '' then isOwn = standsByItself(above, partOf)
  else isOwn = (above == parentKey or partOf == parentKey) and not linked end
  isOwn = isOwn and not isNeeded(neededBy)
  if isOwn and finishedOn and redis.call('EXISTS', key .. ':processed', key .. ':failed') > 0 then
    left[#left + 1] = key
    left[#left + 1] = redis.call('HEXISTS', key, 'manifest')
  else
    if isOwn and finishedOn then
      redis.call('ZREM', prefix .. 'completed', id)
      redis.call('ZREM', prefix .. 'failed', id)
      deleteJobKeys(key)
      left[1] = left[1] + 1
    end
    if parentKey ~= '' then
      redis.call('HDEL', parentKey .. ':processed', key)
      redis.call('HDEL', parentKey .. ':failed', key)
    end
  end
end
return left
`,
  },
  endCleaning: {
    name: 'endCleaning',
    numberOfKeys: 2,
    lua: `--[[
  Says that nothing of an activation is left to interrupt.

  KEYS: record, deadlines
  ARGV: uuid, epoch, channel
  Reply: 1; 0 where the record has moved on; 2 where it has come to own something meanwhile, which is to be interrupted first
  Publishes: 'deactivated'
]]
-- What every script on a dispatcher's record needs: Redis's own time, and telling those who wait for a change.

local function redisTime()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- A damaged epoch is followed by one that is above all that there were (B1).
local function epochOf(text, now)
  if not text then return 0 end
  return tonumber(text) or now
end

local function numberOf(text)
  return tonumber(text or '') or 0
end

local function announce(channel, event, uuid, epoch)
  redis.call('PUBLISH', channel, cjson.encode({ event = event, uuid = uuid, epoch = tonumber(epoch) }))
end
local recordKey, deadlinesKey = KEYS[1], KEYS[2]
local uuid, epoch, channel = unpack(ARGV)

local record = redis.call('HMGET', recordKey, 'status', 'epoch')
if record[1] ~= 'cleaning' or record[2] ~= epoch then return 0 end
if redis.call('HDEL', recordKey, 'again') == 1 then return 2 end
redis.call('HSET', recordKey, 'status', 'deactivated')
redis.call('ZREM', deadlinesKey, uuid)
announce(channel, 'deactivated', uuid, epoch)
return 1
`,
  },
  endSetAside: {
    name: 'endSetAside',
    numberOfKeys: 2,
    lua: `--[[
  Ends the setting aside of a job: it is tried again, at the head of its lane; or dropped, with all that is stored of it, and what waits for
  it goes on without it.

  KEYS: set-aside (of the lane), job
  ARGV: jobId, prefix (of its lane), how ('retry' or 'drop'), now
  Reply: 1; 0 where it is not set aside
  Events: 'waiting' of the job, or 'removed', and 'waiting' for each job that has nothing left to wait for
]]
-- All that is stored of one job: whoever removes a job removes these, and why nobody could run it, or why it was set aside (J9).
-- The key of a job is the prefix of its lane and its id.

local function splitJobKey(key)
  return string.match(key, '^(.*:)([^:]*)$')
end

local JOB_KEYS = { '', ':lock', ':dependencies', ':processed', ':failed', ':unsuccessful', ':logs', ':annotations',
  ':once' }

local function deleteJobKeys(jobKey)
  local keys = {}
  for i, suffix in ipairs(JOB_KEYS) do keys[i] = jobKey .. suffix end
  redis.call('UNLINK', unpack(keys))
  local base, id = splitJobKey(jobKey)
  redis.pcall('HDEL', base .. 'unknown', id)
  redis.pcall('HDEL', base .. 'set-aside', id)
end
-- Removes the callbacks of a job that goes without having ended: with it goes all that was stored for it.
-- Puts a job into the wait list of its queue and wakes a worker, as BullMQ does. \`prefix\` is that of the queue.

local function maxEvents(prefix)
  return redis.call('HGET', prefix .. 'meta', 'opts.maxLenEvents') or 10000
end

-- Adds an event of a job to its queue's stream, as BullMQ does; what else it says follows, as name, value, name, value …
local function tell(prefix, event, jobId, ...)
  redis.call('XADD', prefix .. 'events', 'MAXLEN', '~', maxEvents(prefix), '*', 'event', event, 'jobId', jobId, ...)
end

local function isPausedOrFull(prefix)
  local paused, concurrency = unpack(redis.call('HMGET', prefix .. 'meta', 'paused', 'concurrency'))
  if paused then return true end
  return concurrency and redis.call('LLEN', prefix .. 'active') >= tonumber(concurrency)
end

-- side: 'RPUSH' for the head of the queue, 'LPUSH' for its tail.
local function pushToWait(prefix, jobId, side, previous)
  redis.call(side, prefix .. 'wait', jobId)
  if not isPausedOrFull(prefix) then redis.call('ZADD', prefix .. 'marker', 0, '0') end
  if previous then tell(prefix, 'waiting', jobId, 'prev', previous) else tell(prefix, 'waiting', jobId) end
end

-- Lets a job wait for those below it.
local function pushToWaitingChildren(prefix, jobId, timestamp, ...)
  redis.call('ZADD', prefix .. 'waiting-children', timestamp, jobId)
  tell(prefix, 'waiting-children', jobId, ...)
end

local function pushToDelayed(prefix, jobId, dueAt)
  local delayedKey = prefix .. 'delayed'
  -- As BullMQ: the low 12 bits of a delayed job's score keep the order of those that are due at the same time (Q1).
  local lowest, highest = dueAt * 0x1000, dueAt * 0x1000 + 0xfff
  local last = redis.call('ZREVRANGEBYSCORE', delayedKey, string.format('%.0f', highest), string.format('%.0f', lowest),
    'WITHSCORES', 'LIMIT', 0, 1)
  local score = last[2] and math.min(tonumber(last[2]) + 1, highest) or lowest
  redis.call('ZADD', delayedKey, string.format('%.0f', score), jobId)
  tell(prefix, 'delayed', jobId, 'delay', string.format('%.0f', dueAt))
  local first = redis.call('ZRANGE', delayedKey, 0, 0, 'WITHSCORES')
  redis.call('ZADD', prefix .. 'marker', string.format('%.0f', math.floor(tonumber(first[2]) / 0x1000)), '1')
end

local removeCallbacks
function removeCallbacks(ownerKey)
  local listed = redis.call('HGET', ownerKey, 'callbacks')
  if not listed then return end
  for _, key in ipairs(cjson.decode(listed)) do
    removeCallbacks(key)
    local prefix, id = splitJobKey(key)
    deleteJobKeys(key)
    tell(prefix, 'removed', id)
  end
end
-- Settles the join of a job that waits for others without BullMQ's finish doing so: for one that was removed, and nothing hangs (C2);
-- and for one that waits for a job which stands below another one (J5).

-- ending: the list of the waiting job in which the one that it waited for is kept, 'processed' or 'failed'; value: what of it.
local function settleAbove(parentKey, jobKey, ending, value, now)
  if redis.call('SREM', parentKey .. ':dependencies', jobKey) == 0 then return end
  redis.call('HSET', parentKey .. ':' .. ending, jobKey, value)
  if redis.call('SCARD', parentKey .. ':dependencies') > 0 then return end
  -- While it is about to wait it sees for itself that nothing is left below it.
  local prefix, id = splitJobKey(parentKey)
  if redis.call('ZREM', prefix .. 'waiting-children', id) == 0 then return end
  redis.call('HSET', parentKey, 'turnAt', now)
  pushToWait(prefix, id, 'RPUSH', 'waiting-children')
end

-- All that wait for a removed job.
local function settleRemoved(parentKey, waiters, jobKey, now)
  if parentKey then settleAbove(parentKey, jobKey, 'failed', 'removed', now) end
  for _, waiterKey in ipairs(cjson.decode(waiters or '[]')) do
    settleAbove(waiterKey, jobKey, 'failed', 'removed', now)
  end
end
-- A job that has not ended is waited for by the one above it, whatever a finish has done that failed half-way on a damaged record (B1).
-- For whom a job that has ended is kept: the one that it is a part of, and others that waited for it (J5, J9).
-- The way up from a job to the one that waits for it and for others: the joining job.

-- The joining job of those that are all below \`outerKey\`; nil where it is gone.
local function joinedBelow(outerKey)
  local joined, manifest, outerParentKey = unpack(redis.call('HMGET', outerKey, 'joined', 'manifest', 'parentKey'))
  -- What is called with the results waits for them as long as it has scheduled nothing itself.
  local joiningKey = joined and not manifest and outerParentKey or outerKey
  return redis.call('HEXISTS', joiningKey, 'name') == 1 and joiningKey or nil
end

-- Returns the keys of the joining job, of the job that all others are below (the one that is called with them, or the joining
-- job), and of the job's parent; nil where nobody waits for it. In a row the parent is the next part: the outer one stands in \`of\`.
local function joiningJob(jobKey)
  local parentKey, parent = unpack(redis.call('HMGET', jobKey, 'parentKey', 'parent'))
  if not parentKey then return nil end
  local outerKey = parent and cjson.decode(parent)['of'] or parentKey
  local joiningKey = joinedBelow(outerKey)
  if not joiningKey then return nil end
  return joiningKey, outerKey, parentKey
end
-- The keys in a list that is kept as JSON. Of a damaged one nothing is known (B1).
local function keysIn(json)
  local isJson, keys = pcall(cjson.decode, json or '[]')
  return isJson and type(keys) == 'table' and keys or {}
end

local function isUnfinished(key)
  local name, finishedOn = unpack(redis.call('HMGET', key, 'name', 'finishedOn'))
  return name and not finishedOn
end

-- partOf: the key of the one that it was a part of.
local function standsByItself(parentKey, partOf)
  return not (parentKey and redis.call('EXISTS', parentKey) == 1 or partOf and redis.call('EXISTS', partOf) == 1)
end

-- neededBy: JSON of the keys that waited for it; in a row the job that waits is above these.
local function isNeeded(neededBy)
  for _, key in ipairs(keysIn(neededBy)) do
    local joiningKey = joiningJob(key)
    if isUnfinished(key) or joiningKey and isUnfinished(joiningKey) then return true end
  end
  return false
end

local function waitsAbove(jobKey)
  local parentKey = redis.call('HGET', jobKey, 'parentKey')
  if not parentKey or not isUnfinished(parentKey) then return end
  for _, ending in ipairs({ ':processed', ':failed' }) do
    if redis.pcall('HEXISTS', parentKey .. ending, jobKey) == 1 then return end
  end
  redis.call('SADD', parentKey .. ':dependencies', jobKey)
end
local setAsideKey, jobKey = KEYS[1], KEYS[2]
local jobId, prefix, how, now = unpack(ARGV)

if redis.call('HEXISTS', setAsideKey, jobId) == 0 then return 0 end
pcall(waitsAbove, jobKey)
if how == 'retry' then
  pushToWait(prefix, jobId, 'RPUSH')
  redis.call('HDEL', setAsideKey, jobId)
  return 1
end

local parentKey, waiters
if redis.call('TYPE', jobKey).ok == 'hash' then
  parentKey, waiters = unpack(redis.call('HMGET', jobKey, 'parentKey', 'waiters'))
  -- Of damaged lists nothing is known: what stood in them stays behind.
  pcall(removeCallbacks, jobKey)
end
deleteJobKeys(jobKey)
tell(prefix, 'removed', jobId)
if parentKey then pcall(settleAbove, parentKey, jobKey, 'failed', 'removed', now) end
pcall(settleRemoved, nil, waiters, jobKey, now)
redis.call('HDEL', setAsideKey, jobId)
return 1
`,
  },
  findJob: {
    name: 'findJob',
    numberOfKeys: 1,
    lua: `--[[
  Finds a job in whichever lane of its queue it is.

  KEYS: lanes
  ARGV: base (of the main lane's keys), queueBase (of the other lanes' keys, up to the lane's name), systemLane, jobId
  Reply: { fields, state, annotations, lane }, or nil where there is no such job; lane is '' for the main one
]]
-- Reads a job with the state in which BullMQ has it. \`base\` stands before the keys of its lane.

-- Returns { fields, state, annotations }, or nil where there is no such job.
local function jobWithState(base, id)
  local key = base .. id
  -- BullMQ keeps other things beside the jobs, under names that are no ids.
  if redis.call('TYPE', key).ok ~= 'hash' or redis.call('HEXISTS', key, 'name') == 0 then return nil end
  local state = 'waiting'
  if redis.call('HEXISTS', key, 'finishedOn') == 1 then state = 'finished'
  elseif redis.call('EXISTS', key .. ':lock') == 1 then state = 'active'
  elseif redis.call('ZSCORE', base .. 'delayed', id) then state = 'delayed'
  elseif redis.call('ZSCORE', base .. 'waiting-children', id) then state = 'waiting-children'
  elseif redis.call('HEXISTS', key, 'held') == 1 then state = 'held' end
  -- What is no hash holds no annotations (B1).
  local annotations = redis.pcall('HGETALL', key .. ':annotations')
  return { redis.call('HGETALL', key), state, annotations.err and {} or annotations }
end
local lanesKey = KEYS[1]
local base, queueBase, systemLane, jobId = unpack(ARGV)

local function found(lane, laneBase)
  local job = jobWithState(laneBase, jobId)
  if job then job[4] = lane end
  return job
end

local job = found('', base) or found(systemLane, queueBase .. systemLane .. ':')
if job then return job end
for _, lane in ipairs(redis.call('SMEMBERS', lanesKey)) do
  job = found(lane, queueBase .. lane .. ':')
  if job then return job end
end
return nil
`,
  },
  freeQuotas: {
    name: 'freeQuotas',
    numberOfKeys: 2,
    lua: `--[[
  Frees the slots that a run took, after a write that ended its claim (Q5). It does nothing while the claim lasts, or where another
  claim has taken the slots since, so that it can be repeated.

  KEYS: job, lock
  ARGV: token, base (of the lane's keys), jobId, heldUnder (the token that the write was sent under, if another; '' else)
  Reply: 1, or 0 while the claim lasts
  Events: 'waiting' for each job that is woken
]]
-- Quotas of a queue (Q5): who holds their slots, who waits for them in which lane, and who may try next.
--
-- \`base\` is that of a lane's keys, \`root\` what stands before all keys. A job holds all of its quotas or none. One that finds a
-- quota full is *parked*: in no list of BullMQ's, but among the lane's parked jobs and the waiters of that one quota. A slot that is
-- freed wakes, in each lane, as many waiters as there are free slots: they go to the head of the lane's wait list, and whoever is
-- claimed first gets the slot. A lane that nobody serves so takes no slot from the others. Until a woken job has tried, it stands
-- before all that come after it in its lane.
-- The key of a job is the prefix of its lane and its id.

local function splitJobKey(key)
  return string.match(key, '^(.*:)([^:]*)$')
end
-- Puts a job into the wait list of its queue and wakes a worker, as BullMQ does. \`prefix\` is that of the queue.

local function maxEvents(prefix)
  return redis.call('HGET', prefix .. 'meta', 'opts.maxLenEvents') or 10000
end

-- Adds an event of a job to its queue's stream, as BullMQ does; what else it says follows, as name, value, name, value …
local function tell(prefix, event, jobId, ...)
  redis.call('XADD', prefix .. 'events', 'MAXLEN', '~', maxEvents(prefix), '*', 'event', event, 'jobId', jobId, ...)
end

local function isPausedOrFull(prefix)
  local paused, concurrency = unpack(redis.call('HMGET', prefix .. 'meta', 'paused', 'concurrency'))
  if paused then return true end
  return concurrency and redis.call('LLEN', prefix .. 'active') >= tonumber(concurrency)
end

-- side: 'RPUSH' for the head of the queue, 'LPUSH' for its tail.
local function pushToWait(prefix, jobId, side, previous)
  redis.call(side, prefix .. 'wait', jobId)
  if not isPausedOrFull(prefix) then redis.call('ZADD', prefix .. 'marker', 0, '0') end
  if previous then tell(prefix, 'waiting', jobId, 'prev', previous) else tell(prefix, 'waiting', jobId) end
end

-- Lets a job wait for those below it.
local function pushToWaitingChildren(prefix, jobId, timestamp, ...)
  redis.call('ZADD', prefix .. 'waiting-children', timestamp, jobId)
  tell(prefix, 'waiting-children', jobId, ...)
end

local function pushToDelayed(prefix, jobId, dueAt)
  local delayedKey = prefix .. 'delayed'
  -- As BullMQ: the low 12 bits of a delayed job's score keep the order of those that are due at the same time (Q1).
  local lowest, highest = dueAt * 0x1000, dueAt * 0x1000 + 0xfff
  local last = redis.call('ZREVRANGEBYSCORE', delayedKey, string.format('%.0f', highest), string.format('%.0f', lowest),
    'WITHSCORES', 'LIMIT', 0, 1)
  local score = last[2] and math.min(tonumber(last[2]) + 1, highest) or lowest
  redis.call('ZADD', delayedKey, string.format('%.0f', score), jobId)
  tell(prefix, 'delayed', jobId, 'delay', string.format('%.0f', dueAt))
  local first = redis.call('ZRANGE', delayedKey, 0, 0, 'WITHSCORES')
  redis.call('ZADD', prefix .. 'marker', string.format('%.0f', math.floor(tonumber(first[2]) / 0x1000)), '1')
end

local function splitBase(base)
  local root, queue = string.match(base, '^(.*:)([^:/]+)[^:]*:$')
  return root, root .. queue
end

-- The bases of all lanes of a queue that jobs with quotas can be in.
local function laneBases(queueBase)
  local bases = { queueBase .. ':' }
  for _, lane in ipairs(redis.call('SMEMBERS', queueBase .. ':lanes')) do bases[#bases + 1] = queueBase .. '/' .. lane .. ':' end
  return bases
end

-- The names of the quotas of a job; most jobs have none.
local function quotasOf(jobKey)
  local options = redis.pcall('HGET', jobKey, 'opts')
  if type(options) ~= 'string' or not string.find(options, '"quotas"', 1, true) then return {} end
  -- A job whose options are damaged holds none: it was never started.
  local isJson, decoded = pcall(cjson.decode, options)
  local quotas = isJson and type(decoded) == 'table' and decoded.quotas
  local names = {}
  for _, name in ipairs(type(quotas) == 'table' and quotas or {}) do
    if type(name) == 'string' then names[#names + 1] = name end
  end
  return names
end

-- The key that holds something of a quota: 'holders' of the queue, 'waiters' and 'woken' of each lane.
local function holdersKey(queueBase, name) return queueBase .. ':quota:' .. name .. ':holders' end
local function laneKey(base, name, what)
  local root, queueBase = splitBase(base)
  return queueBase .. ':quota:' .. name .. ':' .. what .. ':' .. string.sub(base, #root + 1, -2)
end

-- How many slots are free for a job that arrived then, in its lane; nil for a quota that is not there.
local function freeSlots(base, name, arrival)
  local _, queueBase = splitBase(base)
  local size = redis.call('HGET', queueBase .. ':quotas', name)
  if not size then return nil end
  local before = redis.call('ZCOUNT', laneKey(base, name, 'woken'), '-inf', arrival and '(' .. arrival or '+inf')
  -- A size that is no number lets none start.
  return (tonumber(size) or 0) - redis.call('HLEN', holdersKey(queueBase, name)) - before
end

-- The first quota that has no slot for a job. One that is not there is not full: whoever claims the job says so.
local function firstFull(base, names, arrival)
  for _, name in ipairs(names) do
    local free = freeSlots(base, name, arrival)
    if free and free <= 0 then return name end
  end
end

local function park(base, name, id, arrival)
  redis.call('ZADD', laneKey(base, name, 'waiters'), arrival, id)
  redis.call('ZADD', base .. 'parked', arrival, id)
end

local function wakeInLane(base, name)
  local waitersKey = laneKey(base, name, 'waiters')
  local woken = {}
  while (freeSlots(base, name) or math.huge) > 0 do
    local first = redis.call('ZRANGE', waitersKey, 0, 0, 'WITHSCORES')
    if #first == 0 then break end
    local id, arrival = first[1], first[2]
    local names = quotasOf(base .. id)
    local full = firstFull(base, names, arrival)
    if full == name then break end
    redis.call('ZREM', waitersKey, id)
    redis.call('ZREM', base .. 'parked', id)
    if full then
      -- It waits for another one now: whoever comes after it here must not wait with it.
      park(base, full, id, arrival)
    elseif redis.call('EXISTS', base .. id) == 1 then
      for _, own in ipairs(names) do redis.call('ZADD', laneKey(base, own, 'woken'), arrival, id) end
      woken[#woken + 1] = id
    end
  end
  for i = #woken, 1, -1 do pushToWait(base, woken[i], 'RPUSH') end
end

-- Wakes whom the free slots of a quota are for, in every lane.
local function wakeWaiters(queueBase, name)
  for _, base in ipairs(laneBases(queueBase)) do wakeInLane(base, name) end
end

-- How many jobs wait for a slot, in any lane, also those that were woken and have not tried yet.
local function countWaiters(queueBase, name)
  local count = 0
  for _, base in ipairs(laneBases(queueBase)) do
    count = count + redis.call('ZCARD', laneKey(base, name, 'waiters')) + redis.call('ZCARD', laneKey(base, name, 'woken'))
  end
  return count
end

-- Frees what a job holds, and what it waits for. token: only slots taken under it; nil for all.
local function freeQuotas(base, id, token)
  local names = quotasOf(base .. id)
  if #names == 0 then return end
  local root, queueBase = splitBase(base)
  local member = string.sub(base, #root + 1) .. id
  for _, name in ipairs(names) do
    local key = holdersKey(queueBase, name)
    if not token or redis.call('HGET', key, member) == token then redis.call('HDEL', key, member) end
    redis.call('ZREM', laneKey(base, name, 'woken'), id)
    if not token then redis.call('ZREM', laneKey(base, name, 'waiters'), id) end
  end
  if not token then redis.call('ZREM', base .. 'parked', id) end
  for _, name in ipairs(names) do wakeWaiters(queueBase, name) end
end

-- Drops those from the holders of a quota who hold it wrongly: jobs that are gone, have their result, or wait for their time.
local function dropDeadHolders(root, queueBase, name)
  local key = holdersKey(queueBase, name)
  local dropped = false
  for _, member in ipairs(redis.call('HKEYS', key)) do
    local jobKey = root .. member
    local base, id = splitJobKey(jobKey)
    -- What is stored under its key may be no job (B1).
    local task, finishedOn, result = unpack(redis.pcall('HMGET', jobKey, 'name', 'finishedOn', 'result'))
    local isLater = redis.call('EXISTS', jobKey .. ':lock') == 0 and redis.call('ZSCORE', base .. 'delayed', id)
    if not task or finishedOn or result or isLater then
      redis.call('HDEL', key, member)
      dropped = true
    end
  end
  return dropped
end
local lockKey = KEYS[2]
local token, base, jobId, heldUnder = unpack(ARGV)

local holder = redis.call('GET', lockKey)
if holder and (holder == token or holder == heldUnder) then return 0 end
-- One that has its result holds nothing, whichever of its claims took the slots.
if redis.call('HEXISTS', KEYS[1], 'finishedOn') == 1 or redis.call('HEXISTS', KEYS[1], 'result') == 1 then token = nil end
freeQuotas(base, jobId, token)
return 1
`,
  },
  interruptWaiting: {
    name: 'interruptWaiting',
    numberOfKeys: 3,
    lua: `--[[
  Interrupts a job that waits for other jobs: it has no lock, its owner stands in its hash (I2).

  KEYS: job, waitingChildren, owned
  ARGV: member (of owned), uuid (whose set it is), maxEpoch, jobId, reference, systemPrefix, task, options, timestamp
  Reply: the id of the handleInterrupt job, which is its owner now; nil where it no longer waits, or not for that owner
  Events: 'waiting' in the system lane
]]
-- Counts an interrupt on a job and puts its handleInterrupt job at the tail of the system lane (I1, I4).
-- Puts a job into the wait list of its queue and wakes a worker, as BullMQ does. \`prefix\` is that of the queue.

local function maxEvents(prefix)
  return redis.call('HGET', prefix .. 'meta', 'opts.maxLenEvents') or 10000
end

-- Adds an event of a job to its queue's stream, as BullMQ does; what else it says follows, as name, value, name, value …
local function tell(prefix, event, jobId, ...)
  redis.call('XADD', prefix .. 'events', 'MAXLEN', '~', maxEvents(prefix), '*', 'event', event, 'jobId', jobId, ...)
end

local function isPausedOrFull(prefix)
  local paused, concurrency = unpack(redis.call('HMGET', prefix .. 'meta', 'paused', 'concurrency'))
  if paused then return true end
  return concurrency and redis.call('LLEN', prefix .. 'active') >= tonumber(concurrency)
end

-- side: 'RPUSH' for the head of the queue, 'LPUSH' for its tail.
local function pushToWait(prefix, jobId, side, previous)
  redis.call(side, prefix .. 'wait', jobId)
  if not isPausedOrFull(prefix) then redis.call('ZADD', prefix .. 'marker', 0, '0') end
  if previous then tell(prefix, 'waiting', jobId, 'prev', previous) else tell(prefix, 'waiting', jobId) end
end

-- Lets a job wait for those below it.
local function pushToWaitingChildren(prefix, jobId, timestamp, ...)
  redis.call('ZADD', prefix .. 'waiting-children', timestamp, jobId)
  tell(prefix, 'waiting-children', jobId, ...)
end

local function pushToDelayed(prefix, jobId, dueAt)
  local delayedKey = prefix .. 'delayed'
  -- As BullMQ: the low 12 bits of a delayed job's score keep the order of those that are due at the same time (Q1).
  local lowest, highest = dueAt * 0x1000, dueAt * 0x1000 + 0xfff
  local last = redis.call('ZREVRANGEBYSCORE', delayedKey, string.format('%.0f', highest), string.format('%.0f', lowest),
    'WITHSCORES', 'LIMIT', 0, 1)
  local score = last[2] and math.min(tonumber(last[2]) + 1, highest) or lowest
  redis.call('ZADD', delayedKey, string.format('%.0f', score), jobId)
  tell(prefix, 'delayed', jobId, 'delay', string.format('%.0f', dueAt))
  local first = redis.call('ZRANGE', delayedKey, 0, 0, 'WITHSCORES')
  redis.call('ZADD', prefix .. 'marker', string.format('%.0f', math.floor(tonumber(first[2]) / 0x1000)), '1')
end

-- Returns the id of the handleInterrupt job, which is also the token under which the job is now held.
local function interruptJob(jobKey, jobId, reference, systemPrefix, task, options, timestamp)
  local number = redis.call('HINCRBY', jobKey, 'interruptions', 1)
  local id = jobId .. '.interrupt.' .. number
  -- A job that has its result is not decided about: its callbacks go on.
  if redis.call('HEXISTS', jobKey, 'result') == 1 then task = 'drover.resumeCallbacks' end
  redis.call('HSET', systemPrefix .. id, 'name', task, 'data', '[' .. reference .. ',' .. number .. ']',
    'opts', options, 'timestamp', timestamp, 'delay', 0, 'priority', 0)
  pushToWait(systemPrefix, id, 'LPUSH')
  return id
end
local jobKey, waitingChildrenKey, ownedKey = KEYS[1], KEYS[2], KEYS[3]
local member, uuid, maxEpoch, jobId, reference, systemPrefix, task, options, timestamp = unpack(ARGV)

-- 'former': one of the activations that have ended. 'later': one of the same dispatcher, whose set this is as well. Else somebody else.
local function whose(activation)
  local owner, epoch = string.match(activation or '', '^([^:]+):(%d+)')
  if owner ~= uuid then return 'other' end
  return tonumber(epoch) > tonumber(maxEpoch) and 'later' or 'former'
end

local owner = whose(redis.call('HGET', jobKey, 'waitingOwner'))
if owner == 'later' then return nil end
if owner == 'other' then
  redis.call('ZREM', ownedKey, member)
  return nil
end
if not redis.call('ZSCORE', waitingChildrenKey, jobId) then
  -- While the one that has ended holds its claim it may be about to wait. Whoever else claims it owns it anew when it waits again.
  if whose(redis.call('GET', jobKey .. ':lock')) ~= 'former' then redis.call('ZREM', ownedKey, member) end
  return nil
end
redis.call('ZREM', ownedKey, member)
local id = interruptJob(jobKey, jobId, reference, systemPrefix, task, options, timestamp)
redis.call('HSET', jobKey, 'waitingOwner', id)
return id
`,
  },
  listFacts: {
    name: 'listFacts',
    numberOfKeys: 1,
    lua: `--[[
  Reads what decides whether jobs belong to a list that people ask for, without the jobs themselves.

  KEYS: source (the list of BullMQ that they stand in; not read)
  ARGV: prefix, then the ids of the jobs
  Reply: for each job its task ('' where it is gone), how often it was claimed, whether it has suspended itself, and whether
         it has its result (1 or 0)
]]
-- How often a job was claimed since it was put, or since it was let run again (O3). The fencing token itself goes on rising.

local function claimsOf(claims, claimsBefore)
  return tonumber(claims or 0) - tonumber(claimsBefore or 0)
end
local prefix = ARGV[1]

local facts = {}
for i = 2, #ARGV do
  local key = prefix .. ARGV[i]
  local task, claims, before = unpack(redis.call('HMGET', key, 'name', 'ats', 'claimsBefore'))
  facts[#facts + 1] = task or ''
  facts[#facts + 1] = claimsOf(claims, before)
  facts[#facts + 1] = redis.call('HEXISTS', key, 'manifest')
  facts[#facts + 1] = redis.call('HEXISTS', key, 'result')
end
return facts
`,
  },
  mayAppend: {
    name: 'mayAppend',
    numberOfKeys: 2,
    lua: `--[[
  Whether a job may add to those that another one waits for: it is one of them, below one of them, or a callback of one that has not
  completed (C4).

  KEYS: appender, joining
  Reply: 1, or 0
]]
-- Adds a job to those that a joining job waits for already: on behalf of one of them that has not completed (C4).
-- The way up from a job to the one that waits for it and for others: the joining job.
-- The key of a job is the prefix of its lane and its id.

local function splitJobKey(key)
  return string.match(key, '^(.*:)([^:]*)$')
end

-- The joining job of those that are all below \`outerKey\`; nil where it is gone.
local function joinedBelow(outerKey)
  local joined, manifest, outerParentKey = unpack(redis.call('HMGET', outerKey, 'joined', 'manifest', 'parentKey'))
  -- What is called with the results waits for them as long as it has scheduled nothing itself.
  local joiningKey = joined and not manifest and outerParentKey or outerKey
  return redis.call('HEXISTS', joiningKey, 'name') == 1 and joiningKey or nil
end

-- Returns the keys of the joining job, of the job that all others are below (the one that is called with them, or the joining
-- job), and of the job's parent; nil where nobody waits for it. In a row the parent is the next part: the outer one stands in \`of\`.
local function joiningJob(jobKey)
  local parentKey, parent = unpack(redis.call('HMGET', jobKey, 'parentKey', 'parent'))
  if not parentKey then return nil end
  local outerKey = parent and cjson.decode(parent)['of'] or parentKey
  local joiningKey = joinedBelow(outerKey)
  if not joiningKey then return nil end
  return joiningKey, outerKey, parentKey
end
-- Puts a new job into its queue, as BullMQ's adding scripts do. \`prefix\` is that of its lane.
-- Puts a job into the wait list of its queue and wakes a worker, as BullMQ does. \`prefix\` is that of the queue.

local function maxEvents(prefix)
  return redis.call('HGET', prefix .. 'meta', 'opts.maxLenEvents') or 10000
end

-- Adds an event of a job to its queue's stream, as BullMQ does; what else it says follows, as name, value, name, value …
local function tell(prefix, event, jobId, ...)
  redis.call('XADD', prefix .. 'events', 'MAXLEN', '~', maxEvents(prefix), '*', 'event', event, 'jobId', jobId, ...)
end

local function isPausedOrFull(prefix)
  local paused, concurrency = unpack(redis.call('HMGET', prefix .. 'meta', 'paused', 'concurrency'))
  if paused then return true end
  return concurrency and redis.call('LLEN', prefix .. 'active') >= tonumber(concurrency)
end

-- side: 'RPUSH' for the head of the queue, 'LPUSH' for its tail.
local function pushToWait(prefix, jobId, side, previous)
  redis.call(side, prefix .. 'wait', jobId)
  if not isPausedOrFull(prefix) then redis.call('ZADD', prefix .. 'marker', 0, '0') end
  if previous then tell(prefix, 'waiting', jobId, 'prev', previous) else tell(prefix, 'waiting', jobId) end
end

-- Lets a job wait for those below it.
local function pushToWaitingChildren(prefix, jobId, timestamp, ...)
  redis.call('ZADD', prefix .. 'waiting-children', timestamp, jobId)
  tell(prefix, 'waiting-children', jobId, ...)
end

local function pushToDelayed(prefix, jobId, dueAt)
  local delayedKey = prefix .. 'delayed'
  -- As BullMQ: the low 12 bits of a delayed job's score keep the order of those that are due at the same time (Q1).
  local lowest, highest = dueAt * 0x1000, dueAt * 0x1000 + 0xfff
  local last = redis.call('ZREVRANGEBYSCORE', delayedKey, string.format('%.0f', highest), string.format('%.0f', lowest),
    'WITHSCORES', 'LIMIT', 0, 1)
  local score = last[2] and math.min(tonumber(last[2]) + 1, highest) or lowest
  redis.call('ZADD', delayedKey, string.format('%.0f', score), jobId)
  tell(prefix, 'delayed', jobId, 'delay', string.format('%.0f', dueAt))
  local first = redis.call('ZRANGE', delayedKey, 0, 0, 'WITHSCORES')
  redis.call('ZADD', prefix .. 'marker', string.format('%.0f', math.floor(tonumber(first[2]) / 0x1000)), '1')
end

-- dueAt: '0' for a job that may start at once.
local function newJob(timestamp, prefix, id, task, args, options, dueAt)
  local delay = math.max(0, tonumber(dueAt) - tonumber(timestamp))
  redis.call('HSET', prefix .. id, 'name', task, 'data', args, 'opts', options, 'timestamp', timestamp,
    'delay', string.format('%.0f', delay), 'priority', 0)
  redis.call('XADD', prefix .. 'events', '*', 'event', 'added', 'jobId', id, 'name', task)
  if delay > 0 then pushToDelayed(prefix, id, tonumber(dueAt)) else pushToWait(prefix, id, 'LPUSH') end
end

-- Composites nest, but not as deep as this.
local MAX_DEPTH = 100

-- The outer job of the joining job, and the one of the jobs below it through which the appender belongs to it; nil where the appender
-- does not, or where that one has completed: the joining job may go on then.
local function placeToAppend(appenderKey, joiningKey)
  local ended, aborted, cancelled, stopped, result =
    unpack(redis.call('HMGET', joiningKey, 'finishedOn', 'aborted', 'cancelled', 'stopped', 'result'))
  if ended or aborted or cancelled or stopped or result then return nil end
  local key = appenderKey
  for _ = 1, MAX_DEPTH do
    local above, outerKey, parentKey = joiningJob(key)
    if not above then return nil end
    if above == joiningKey then
      -- What is called with the results, or a callback of the joining job itself, comes after the others.
      local comesAfter = redis.call('HEXISTS', key, 'joined') == 1 or redis.call('HEXISTS', key, 'callbackOf') == 1
      if comesAfter or redis.call('SISMEMBER', parentKey .. ':dependencies', key) == 0 then return nil end
      return outerKey, key
    end
    key = above
  end
  return nil
end

-- What is called with the results names it with its queue, whatever lane it is in itself.
local function noteAppended(joiningKey, outerKey, key, id, entry)
  local n = redis.call('HINCRBY', joiningKey, 'appended', 1)
  redis.call('HSET', joiningKey, 'appended:' .. id, n .. ' ' .. entry)
  if outerKey ~= joiningKey then
    redis.call('HSET', outerKey, 'joinedMore', 1, 'joined:' .. string.match(key, '[^:]*:[^:]*$'), n)
  end
end

-- In a row the job comes after the last one, whose end releases it.
local function appendToRow(timestamp, prefix, id, task, args, options, parent, outerKey)
  local key, dependenciesKey = prefix .. id, outerKey .. ':dependencies'
  local lastKey = redis.call('SMEMBERS', dependenciesKey)[1]
  redis.call('HSET', key, 'name', task, 'data', args, 'opts', options, 'timestamp', timestamp, 'delay', 0, 'priority', 0,
    'parentKey', outerKey, 'parent', cjson.encode(parent))
  pushToWaitingChildren(prefix, id, timestamp)
  redis.call('SREM', dependenciesKey, lastKey)
  redis.call('SADD', dependenciesKey, key)
  redis.call('SADD', key .. ':dependencies', lastKey)
  parent.id, parent.queueKey = id, string.sub(prefix, 1, -2)
  redis.call('HSET', lastKey, 'parentKey', key, 'parent', cjson.encode(parent))
end

-- Returns whether it was added. entry: what the joining job keeps of it, JSON.
local function appendPart(timestamp, prefix, id, task, args, options, dueAt, appenderKey, joiningKey, entry)
  local outerKey, nodeKey = placeToAppend(appenderKey, joiningKey)
  if not outerKey then return false end
  local key = prefix .. id
  local parent = cjson.decode(redis.call('HGET', nodeKey, 'parent'))
  local outerPrefix, outerId = splitJobKey(outerKey)
  parent.id, parent.queueKey = outerId, string.sub(outerPrefix, 1, -2)
  if parent.of then
    appendToRow(timestamp, prefix, id, task, args, options, parent, outerKey)
  else
    newJob(timestamp, prefix, id, task, args, options, dueAt)
    redis.call('HSET', key, 'parentKey', outerKey, 'parent', cjson.encode(parent))
    redis.call('SADD', outerKey .. ':dependencies', key)
  end
  noteAppended(joiningKey, outerKey, key, id, entry)
  return true
end
return placeToAppend(KEYS[1], KEYS[2]) and 1 or 0
`,
  },
  noteDeadlines: {
    name: 'noteDeadlines',
    numberOfKeys: 2,
    lua: `--[[
  Writes down by when jobs must have begun (Q2), before they are put: what is written of a job that then is not put is
  dropped when its time comes.

  KEYS: deadlines (of the queue), systemMarker
  ARGV: for each job: deadline (milliseconds since 1970), member (\`<lane>/<id>\`)
  Reply: 1
]]
local deadlinesKey, markerKey = KEYS[1], KEYS[2]

for i = 1, #ARGV, 2 do redis.call('ZADD', deadlinesKey, ARGV[i], ARGV[i + 1]) end
-- Whoever waits in the system lane learns when to look: by the marker with which BullMQ tells of delayed jobs.
local first = tonumber(redis.call('ZRANGE', deadlinesKey, 0, 0, 'WITHSCORES')[2])
local told = tonumber(redis.call('ZSCORE', markerKey, '1') or math.huge)
if first < told then redis.call('ZADD', markerKey, string.format('%.0f', first), '1') end
return 1
`,
  },
  noteUnknown: {
    name: 'noteUnknown',
    numberOfKeys: 3,
    lua: `--[[
  Writes down why a job could not be run. Stands in a MULTI before the transition that offers it again later, and holds when that does:
  where the claim is lost, neither is done (I5).

  KEYS: job, lock, unknown
  ARGV: token, jobId, unknown (JSON: what it needs, and why in words; the number of claims is written to it)
  Reply: 1; -6 where somebody else holds the job, or nobody; -1 where there is no such job
]]
local jobKey, lockKey, unknownKey = KEYS[1], KEYS[2], KEYS[3]
local token, jobId, unknown = unpack(ARGV)

if redis.call('EXISTS', jobKey) == 0 then return -1 end
if redis.call('GET', lockKey) ~= token then return -6 end
redis.call('HINCRBY', jobKey, 'unknownOffers', 1)
local noted = cjson.decode(unknown)
noted.claims = redis.call('HGET', jobKey, 'ats')
redis.call('HSET', unknownKey, jobId, cjson.encode(noted))
return 1
`,
  },
  ownWaiting: {
    name: 'ownWaiting',
    numberOfKeys: 4,
    lua: `--[[
  Writes down who owns a job that waits for other jobs, so that its dispatcher's death interrupts it (I2).

  KEYS: job, lock, owned, waitingChildren
  ARGV: expectedToken (of the lock; '' when the job waits already), expectedOwner (else), owner, member (of owned),
        timestamp, policyData ('' to leave it), jobId, resumeAfter (a time before which it does not go on; '' to leave it)
  Reply: 1, or -6 where somebody else holds the job, or its interrupt has begun to abort it
]]
-- Who owns a job that waits (I2).
-- What every script on a dispatcher's record needs: Redis's own time, and telling those who wait for a change.

local function redisTime()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- A damaged epoch is followed by one that is above all that there were (B1).
local function epochOf(text, now)
  if not text then return 0 end
  return tonumber(text) or now
end

local function numberOf(text)
  return tonumber(text or '') or 0
end

local function announce(channel, event, uuid, epoch)
  redis.call('PUBLISH', channel, cjson.encode({ event = event, uuid = uuid, epoch = tonumber(epoch) }))
end

-- It may have been owned by somebody else before: who ended in the meantime, while the job was claimed, has it still.
local function leaveFormerOwner(jobKey, ownedKey, member)
  local uuid = string.match(redis.call('HGET', jobKey, 'waitingOwner') or '', '^([^:]+):%d+$')
  if not uuid then return end
  local formerKey = string.gsub(ownedKey, '[^:]+:waiting$', uuid .. ':waiting')
  if formerKey ~= ownedKey then redis.call('ZREM', formerKey, member) end
end

-- The activation that asks may have ended and not know it: nobody would look after what it comes to own after its cleaning (I6). Where
-- its dispatcher is active again, the later activation owns the job; else it is cleaned up after once more.
local function lastingOwner(ownedKey, owner)
  local recordKey, prefix, uuid = string.match(ownedKey, '^((.*):dispatcher:([^:]+)):waiting$')
  local status, epoch = unpack(redis.call('HMGET', recordKey, 'status', 'epoch'))
  if status == 'active' then return uuid .. ':' .. epoch end
  if status == 'deactivated' then
    redis.call('HSET', recordKey, 'status', 'cleaning', 'cleaner', '')
    redis.call('ZADD', prefix .. ':dispatchers', redisTime() - 1, uuid)
  end
  if status then
    -- Whoever is cleaning up may have looked into the set for the last time.
    redis.call('HSET', recordKey, 'again', 1)
  end
  return owner
end

-- ownedKey: the set of the new owner's dispatcher. member: the job, in the sets of those who own it. owner: \`<uuid>:<epoch>\`, who asks.
local function own(jobKey, ownedKey, member, owner)
  leaveFormerOwner(jobKey, ownedKey, member)
  redis.call('HSET', jobKey, 'waitingOwner', lastingOwner(ownedKey, owner))
end

-- Ordered by when they were stored: outer jobs are interrupted before the inner ones that they wait for (I1).
local function addToOwned(jobKey, ownedKey, member, timestamp)
  redis.call('ZADD', ownedKey, redis.call('HGET', jobKey, 'timestamp') or timestamp, member)
end
local jobKey, lockKey, ownedKey, waitingChildrenKey = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local expectedToken, expectedOwner, owner, member, timestamp, policyData, jobId, resumeAfter = unpack(ARGV)

if expectedToken ~= '' then
  if redis.call('GET', lockKey) ~= expectedToken then return -6 end
  -- Callbacks that were added during this claim are seen with the next one: they do not keep the job from being suspended.
  redis.call('DEL', jobKey .. ':unsuccessful')
elseif redis.call('HGET', jobKey, 'waitingOwner') ~= expectedOwner
  or redis.call('HEXISTS', jobKey, 'aborted') == 1 and redis.call('HEXISTS', jobKey, 'result') == 0 then
  -- One that has its result waits for its callbacks, aborted or not. Of two runs of its interrupt one has decided to abort it: what it waits for is being taken back.
  return -6
end
own(jobKey, ownedKey, member, owner)
if policyData ~= '' then redis.call('HSET', jobKey, 'policyData', policyData) end
if resumeAfter ~= '' then redis.call('HSET', jobKey, 'resumeAfter', resumeAfter) end
-- A job that was woken or has finished meanwhile needs no owner any more.
if expectedToken ~= '' or redis.call('ZSCORE', waitingChildrenKey, jobId) then
  addToOwned(jobKey, ownedKey, member, timestamp)
end
return 1
`,
  },
  ping: {
    name: 'ping',
    numberOfKeys: 2,
    lua: `--[[
  Says that a dispatcher lives, and learns which others are overdue (D2). Costs the same whatever it runs (D3).

  KEYS: record, deadlines
  ARGV: uuid, epoch
  Reply: { 1, overdue uuid, … }, or { 0, status, epoch } where this activation is no longer the active one
]]
-- What every script on a dispatcher's record needs: Redis's own time, and telling those who wait for a change.

local function redisTime()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- A damaged epoch is followed by one that is above all that there were (B1).
local function epochOf(text, now)
  if not text then return 0 end
  return tonumber(text) or now
end

local function numberOf(text)
  return tonumber(text or '') or 0
end

local function announce(channel, event, uuid, epoch)
  redis.call('PUBLISH', channel, cjson.encode({ event = event, uuid = uuid, epoch = tonumber(epoch) }))
end
local recordKey, deadlinesKey = KEYS[1], KEYS[2]
local uuid, epoch = unpack(ARGV)
local MAX_OVERDUE = 16

local record = redis.call('HMGET', recordKey, 'status', 'epoch', 'deathInterval')
-- Damaged, it is written anew by the activation that follows (B1).
local isRead = record[3] and tonumber(record[3])
if record[1] ~= 'active' or record[2] ~= epoch or not isRead then return { 0, record[1] or '', record[2] or '' } end
local now = redisTime()
redis.call('HSET', recordKey, 'lastPing', now)
redis.call('ZADD', deadlinesKey, now + tonumber(record[3]), uuid)
return { 1, unpack(redis.call('ZRANGEBYSCORE', deadlinesKey, '-inf', now - 1, 'LIMIT', 0, MAX_OVERDUE)) }
`,
  },
  putWithCallbacks: {
    name: 'putWithCallbacks',
    numberOfKeys: 1,
    lua: `--[[
  Puts jobs of which some have callbacks already, in order (J7). What is there is left as it is, so that a put can be repeated.

  KEYS: the first job
  ARGV: timestamp, then for each job: prefix (of its lane), id, task, args, options, dueAt ('0': now), callbacks (JSON; '' for none)
  Reply: the number of jobs that were new
  Events: 'added', and 'waiting' or 'delayed', for each of them
]]
-- Stores callbacks with the job that they are added to: each has a hash, and stands in no list before its turn comes (J7).
-- The key of a job is the prefix of its lane and its id.

local function splitJobKey(key)
  return string.match(key, '^(.*:)([^:]*)$')
end

local holdCallbacks

-- callback: { base, id, task, args, options, callbacks }, \`base\` being the prefix of its lane. Answers with its key; nil where it is
-- there already: it is left as it is, so that what stores it can be repeated.
local function holdCallback(ownerKey, callback, timestamp)
  local key = callback.base .. callback.id
  if redis.call('HEXISTS', key, 'name') == 1 then return nil end
  redis.call('HSET', key, 'name', callback.task, 'data', callback.args, 'opts', callback.options,
    'timestamp', timestamp, 'delay', 0, 'priority', 0, 'held', 1, 'callbackOf', ownerKey)
  holdCallbacks(key, callback.callbacks, timestamp)
  return key
end

-- Adds keys of callbacks to one of the lists in their job's hash.
local function listCallbacks(ownerKey, field, keys)
  if #keys == 0 then return end
  local listed = cjson.decode(redis.call('HGET', ownerKey, field) or '[]')
  for _, key in ipairs(keys) do listed[#listed + 1] = key end
  redis.call('HSET', ownerKey, field, cjson.encode(listed))
end

function holdCallbacks(ownerKey, callbacks, timestamp)
  local keys = {}
  for _, callback in ipairs(callbacks) do keys[#keys + 1] = holdCallback(ownerKey, callback, timestamp) end
  listCallbacks(ownerKey, 'callbacks', keys)
end
-- Puts a new job into its queue, as BullMQ's adding scripts do. \`prefix\` is that of its lane.
-- Puts a job into the wait list of its queue and wakes a worker, as BullMQ does. \`prefix\` is that of the queue.

local function maxEvents(prefix)
  return redis.call('HGET', prefix .. 'meta', 'opts.maxLenEvents') or 10000
end

-- Adds an event of a job to its queue's stream, as BullMQ does; what else it says follows, as name, value, name, value …
local function tell(prefix, event, jobId, ...)
  redis.call('XADD', prefix .. 'events', 'MAXLEN', '~', maxEvents(prefix), '*', 'event', event, 'jobId', jobId, ...)
end

local function isPausedOrFull(prefix)
  local paused, concurrency = unpack(redis.call('HMGET', prefix .. 'meta', 'paused', 'concurrency'))
  if paused then return true end
  return concurrency and redis.call('LLEN', prefix .. 'active') >= tonumber(concurrency)
end

-- side: 'RPUSH' for the head of the queue, 'LPUSH' for its tail.
local function pushToWait(prefix, jobId, side, previous)
  redis.call(side, prefix .. 'wait', jobId)
  if not isPausedOrFull(prefix) then redis.call('ZADD', prefix .. 'marker', 0, '0') end
  if previous then tell(prefix, 'waiting', jobId, 'prev', previous) else tell(prefix, 'waiting', jobId) end
end

-- Lets a job wait for those below it.
local function pushToWaitingChildren(prefix, jobId, timestamp, ...)
  redis.call('ZADD', prefix .. 'waiting-children', timestamp, jobId)
  tell(prefix, 'waiting-children', jobId, ...)
end

local function pushToDelayed(prefix, jobId, dueAt)
  local delayedKey = prefix .. 'delayed'
  -- As BullMQ: the low 12 bits of a delayed job's score keep the order of those that are due at the same time (Q1).
  local lowest, highest = dueAt * 0x1000, dueAt * 0x1000 + 0xfff
  local last = redis.call('ZREVRANGEBYSCORE', delayedKey, string.format('%.0f', highest), string.format('%.0f', lowest),
    'WITHSCORES', 'LIMIT', 0, 1)
  local score = last[2] and math.min(tonumber(last[2]) + 1, highest) or lowest
  redis.call('ZADD', delayedKey, string.format('%.0f', score), jobId)
  tell(prefix, 'delayed', jobId, 'delay', string.format('%.0f', dueAt))
  local first = redis.call('ZRANGE', delayedKey, 0, 0, 'WITHSCORES')
  redis.call('ZADD', prefix .. 'marker', string.format('%.0f', math.floor(tonumber(first[2]) / 0x1000)), '1')
end

-- dueAt: '0' for a job that may start at once.
local function newJob(timestamp, prefix, id, task, args, options, dueAt)
  local delay = math.max(0, tonumber(dueAt) - tonumber(timestamp))
  redis.call('HSET', prefix .. id, 'name', task, 'data', args, 'opts', options, 'timestamp', timestamp,
    'delay', string.format('%.0f', delay), 'priority', 0)
  redis.call('XADD', prefix .. 'events', '*', 'event', 'added', 'jobId', id, 'name', task)
  if delay > 0 then pushToDelayed(prefix, id, tonumber(dueAt)) else pushToWait(prefix, id, 'LPUSH') end
end
local timestamp = ARGV[1]
local FIRST, FIELDS = 2, 7

local count = 0
for i = FIRST, #ARGV, FIELDS do
  local key, callbacks = ARGV[i] .. ARGV[i + 1], ARGV[i + 6]
  if redis.call('EXISTS', key) == 0 then
    newJob(timestamp, unpack(ARGV, i, i + 5))
    if callbacks ~= '' then holdCallbacks(key, cjson.decode(callbacks), timestamp) end
    count = count + 1
  end
end
return count
`,
  },
  readJob: {
    name: 'readJob',
    numberOfKeys: 1,
    lua: `--[[
  Reads a job with the state in which BullMQ has it.

  KEYS: job
  ARGV: base (of its lane's keys), jobId
  Reply: { fields, state, annotations }, or nil where there is no such job
]]
-- Reads a job with the state in which BullMQ has it. \`base\` stands before the keys of its lane.

-- Returns { fields, state, annotations }, or nil where there is no such job.
local function jobWithState(base, id)
  local key = base .. id
  -- BullMQ keeps other things beside the jobs, under names that are no ids.
  if redis.call('TYPE', key).ok ~= 'hash' or redis.call('HEXISTS', key, 'name') == 0 then return nil end
  local state = 'waiting'
  if redis.call('HEXISTS', key, 'finishedOn') == 1 then state = 'finished'
  elseif redis.call('EXISTS', key .. ':lock') == 1 then state = 'active'
  elseif redis.call('ZSCORE', base .. 'delayed', id) then state = 'delayed'
  elseif redis.call('ZSCORE', base .. 'waiting-children', id) then state = 'waiting-children'
  elseif redis.call('HEXISTS', key, 'held') == 1 then state = 'held' end
  -- What is no hash holds no annotations (B1).
  local annotations = redis.pcall('HGETALL', key .. ':annotations')
  return { redis.call('HGETALL', key), state, annotations.err and {} or annotations }
end
return jobWithState(ARGV[1], ARGV[2])
`,
  },
  readJoined: {
    name: 'readJoined',
    numberOfKeys: 1,
    lua: `--[[
  Reads fields of many jobs, whose keys are made from their names: they are in the slot of the one that is named.

  KEYS: completed (of the lane at hand; not read)
  ARGV: base (of its keys), prefix (of all keys), number of fields, the fields' names, then the names of the jobs
  Reply: the values of the fields, job after job; nil where there is none
]]
-- How the jobs of a lane name others: by their ids, and by \`<BullMQ queue>:<id>\` where they are in another lane.

-- Returns the base of the keys of the job's lane, and its id. base: of the lane at hand; prefix: of all keys, with its colon.
local function placeOf(name, base, prefix)
  if not string.find(name, ':', 1, true) then return base, name end
  local queue, id = string.match(name, '^(.*:)(.*)$')
  return prefix .. queue, id
end
local base, prefix, count = ARGV[1], ARGV[2], tonumber(ARGV[3])
local FIRST_FIELD = 4
local FIRST_JOB = FIRST_FIELD + count

local fields = {}
for i = 1, count do fields[i] = ARGV[FIRST_FIELD + i - 1] end
local values = {}
for i = FIRST_JOB, #ARGV do
  local jobBase, id = placeOf(ARGV[i], base, prefix)
  local found = redis.call('HMGET', jobBase .. id, unpack(fields))
  for n = 1, count do values[#values + 1] = found[n] end
end
return values
`,
  },
  readOnce: {
    name: 'readOnce',
    numberOfKeys: 2,
    lua: `--[[
  Reads what a job has done once (O5), for the run that holds it: nobody else is to act on the answer (I5).

  KEYS: job, lock
  ARGV: token, key
  Reply: the value (JSON), nil where there is none; -6 where somebody else holds the job
]]
local jobKey, lockKey = KEYS[1], KEYS[2]
local token, key = ARGV[1], ARGV[2]

if redis.call('GET', lockKey) ~= token then return -6 end
return redis.call('HGET', jobKey .. ':once', key)
`,
  },
  readQuotas: {
    name: 'readQuotas',
    numberOfKeys: 1,
    lua: `--[[
  Reads the quotas of a queue.

  KEYS: quotas (name to size)
  ARGV: queueBase (of the queue's keys, without the last colon), name ('' for all)
  Reply: { name, size, waiters, { holder, … } }, for each; a holder by the name of its BullMQ queue, and its id
]]
-- Quotas of a queue (Q5): who holds their slots, who waits for them in which lane, and who may try next.
--
-- \`base\` is that of a lane's keys, \`root\` what stands before all keys. A job holds all of its quotas or none. One that finds a
-- quota full is *parked*: in no list of BullMQ's, but among the lane's parked jobs and the waiters of that one quota. A slot that is
-- freed wakes, in each lane, as many waiters as there are free slots: they go to the head of the lane's wait list, and whoever is
-- claimed first gets the slot. A lane that nobody serves so takes no slot from the others. Until a woken job has tried, it stands
-- before all that come after it in its lane.
-- The key of a job is the prefix of its lane and its id.

local function splitJobKey(key)
  return string.match(key, '^(.*:)([^:]*)$')
end
-- Puts a job into the wait list of its queue and wakes a worker, as BullMQ does. \`prefix\` is that of the queue.

local function maxEvents(prefix)
  return redis.call('HGET', prefix .. 'meta', 'opts.maxLenEvents') or 10000
end

-- Adds an event of a job to its queue's stream, as BullMQ does; what else it says follows, as name, value, name, value …
local function tell(prefix, event, jobId, ...)
  redis.call('XADD', prefix .. 'events', 'MAXLEN', '~', maxEvents(prefix), '*', 'event', event, 'jobId', jobId, ...)
end

local function isPausedOrFull(prefix)
  local paused, concurrency = unpack(redis.call('HMGET', prefix .. 'meta', 'paused', 'concurrency'))
  if paused then return true end
  return concurrency and redis.call('LLEN', prefix .. 'active') >= tonumber(concurrency)
end

-- side: 'RPUSH' for the head of the queue, 'LPUSH' for its tail.
local function pushToWait(prefix, jobId, side, previous)
  redis.call(side, prefix .. 'wait', jobId)
  if not isPausedOrFull(prefix) then redis.call('ZADD', prefix .. 'marker', 0, '0') end
  if previous then tell(prefix, 'waiting', jobId, 'prev', previous) else tell(prefix, 'waiting', jobId) end
end

-- Lets a job wait for those below it.
local function pushToWaitingChildren(prefix, jobId, timestamp, ...)
  redis.call('ZADD', prefix .. 'waiting-children', timestamp, jobId)
  tell(prefix, 'waiting-children', jobId, ...)
end

local function pushToDelayed(prefix, jobId, dueAt)
  local delayedKey = prefix .. 'delayed'
  -- As BullMQ: the low 12 bits of a delayed job's score keep the order of those that are due at the same time (Q1).
  local lowest, highest = dueAt * 0x1000, dueAt * 0x1000 + 0xfff
  local last = redis.call('ZREVRANGEBYSCORE', delayedKey, string.format('%.0f', highest), string.format('%.0f', lowest),
    'WITHSCORES', 'LIMIT', 0, 1)
  local score = last[2] and math.min(tonumber(last[2]) + 1, highest) or lowest
  redis.call('ZADD', delayedKey, string.format('%.0f', score), jobId)
  tell(prefix, 'delayed', jobId, 'delay', string.format('%.0f', dueAt))
  local first = redis.call('ZRANGE', delayedKey, 0, 0, 'WITHSCORES')
  redis.call('ZADD', prefix .. 'marker', string.format('%.0f', math.floor(tonumber(first[2]) / 0x1000)), '1')
end

local function splitBase(base)
  local root, queue = string.match(base, '^(.*:)([^:/]+)[^:]*:$')
  return root, root .. queue
end

-- The bases of all lanes of a queue that jobs with quotas can be in.
local function laneBases(queueBase)
  local bases = { queueBase .. ':' }
  for _, lane in ipairs(redis.call('SMEMBERS', queueBase .. ':lanes')) do bases[#bases + 1] = queueBase .. '/' .. lane .. ':' end
  return bases
end

-- The names of the quotas of a job; most jobs have none.
local function quotasOf(jobKey)
  local options = redis.pcall('HGET', jobKey, 'opts')
  if type(options) ~= 'string' or not string.find(options, '"quotas"', 1, true) then return {} end
  -- A job whose options are damaged holds none: it was never started.
  local isJson, decoded = pcall(cjson.decode, options)
  local quotas = isJson and type(decoded) == 'table' and decoded.quotas
  local names = {}
  for _, name in ipairs(type(quotas) == 'table' and quotas or {}) do
    if type(name) == 'string' then names[#names + 1] = name end
  end
  return names
end

-- The key that holds something of a quota: 'holders' of the queue, 'waiters' and 'woken' of each lane.
local function holdersKey(queueBase, name) return queueBase .. ':quota:' .. name .. ':holders' end
local function laneKey(base, name, what)
  local root, queueBase = splitBase(base)
  return queueBase .. ':quota:' .. name .. ':' .. what .. ':' .. string.sub(base, #root + 1, -2)
end

-- How many slots are free for a job that arrived then, in its lane; nil for a quota that is not there.
local function freeSlots(base, name, arrival)
  local _, queueBase = splitBase(base)
  local size = redis.call('HGET', queueBase .. ':quotas', name)
  if not size then return nil end
  local before = redis.call('ZCOUNT', laneKey(base, name, 'woken'), '-inf', arrival and '(' .. arrival or '+inf')
  -- A size that is no number lets none start.
  return (tonumber(size) or 0) - redis.call('HLEN', holdersKey(queueBase, name)) - before
end

-- The first quota that has no slot for a job. One that is not there is not full: whoever claims the job says so.
local function firstFull(base, names, arrival)
  for _, name in ipairs(names) do
    local free = freeSlots(base, name, arrival)
    if free and free <= 0 then return name end
  end
end

local function park(base, name, id, arrival)
  redis.call('ZADD', laneKey(base, name, 'waiters'), arrival, id)
  redis.call('ZADD', base .. 'parked', arrival, id)
end

local function wakeInLane(base, name)
  local waitersKey = laneKey(base, name, 'waiters')
  local woken = {}
  while (freeSlots(base, name) or math.huge) > 0 do
    local first = redis.call('ZRANGE', waitersKey, 0, 0, 'WITHSCORES')
    if #first == 0 then break end
    local id, arrival = first[1], first[2]
    local names = quotasOf(base .. id)
    local full = firstFull(base, names, arrival)
    if full == name then break end
    redis.call('ZREM', waitersKey, id)
    redis.call('ZREM', base .. 'parked', id)
    if full then
      -- It waits for another one now: whoever comes after it here must not wait with it.
      park(base, full, id, arrival)
    elseif redis.call('EXISTS', base .. id) == 1 then
      for _, own in ipairs(names) do redis.call('ZADD', laneKey(base, own, 'woken'), arrival, id) end
      woken[#woken + 1] = id
    end
  end
  for i = #woken, 1, -1 do pushToWait(base, woken[i], 'RPUSH') end
end

-- Wakes whom the free slots of a quota are for, in every lane.
local function wakeWaiters(queueBase, name)
  for _, base in ipairs(laneBases(queueBase)) do wakeInLane(base, name) end
end

-- How many jobs wait for a slot, in any lane, also those that were woken and have not tried yet.
local function countWaiters(queueBase, name)
  local count = 0
  for _, base in ipairs(laneBases(queueBase)) do
    count = count + redis.call('ZCARD', laneKey(base, name, 'waiters')) + redis.call('ZCARD', laneKey(base, name, 'woken'))
  end
  return count
end

-- Frees what a job holds, and what it waits for. token: only slots taken under it; nil for all.
local function freeQuotas(base, id, token)
  local names = quotasOf(base .. id)
  if #names == 0 then return end
  local root, queueBase = splitBase(base)
  local member = string.sub(base, #root + 1) .. id
  for _, name in ipairs(names) do
    local key = holdersKey(queueBase, name)
    if not token or redis.call('HGET', key, member) == token then redis.call('HDEL', key, member) end
    redis.call('ZREM', laneKey(base, name, 'woken'), id)
    if not token then redis.call('ZREM', laneKey(base, name, 'waiters'), id) end
  end
  if not token then redis.call('ZREM', base .. 'parked', id) end
  for _, name in ipairs(names) do wakeWaiters(queueBase, name) end
end

-- Drops those from the holders of a quota who hold it wrongly: jobs that are gone, have their result, or wait for their time.
local function dropDeadHolders(root, queueBase, name)
  local key = holdersKey(queueBase, name)
  local dropped = false
  for _, member in ipairs(redis.call('HKEYS', key)) do
    local jobKey = root .. member
    local base, id = splitJobKey(jobKey)
    -- What is stored under its key may be no job (B1).
    local task, finishedOn, result = unpack(redis.pcall('HMGET', jobKey, 'name', 'finishedOn', 'result'))
    local isLater = redis.call('EXISTS', jobKey .. ':lock') == 0 and redis.call('ZSCORE', base .. 'delayed', id)
    if not task or finishedOn or result or isLater then
      redis.call('HDEL', key, member)
      dropped = true
    end
  end
  return dropped
end
local queueBase, wanted = ARGV[1], ARGV[2]

local found = {}
for _, name in ipairs(redis.call('HKEYS', KEYS[1])) do
  if wanted == '' or wanted == name then
    local size = tonumber(redis.call('HGET', KEYS[1], name)) or 0
    found[#found + 1] = { name, size, countWaiters(queueBase, name), redis.call('HKEYS', holdersKey(queueBase, name)) }
  end
end
return found
`,
  },
  removePending: {
    name: 'removePending',
    numberOfKeys: 1,
    lua: `--[[
  Takes a pending job out of its queue, with all that is stored of it (Q3). What waits for it goes on without it.

  KEYS: job
  ARGV: jobId, prefix (of its lane), now, call (who pulls it: the same again when a reply was lost; '' for a mere removal)
  Reply: 1 removed, also where this call did it before; 0 it is not pending; -1 there is no such job
  Events: 'removed'; 'waiting', for the job that waited for it
]]
-- All that is stored of one job: whoever removes a job removes these, and why nobody could run it, or why it was set aside (J9).
-- The key of a job is the prefix of its lane and its id.

local function splitJobKey(key)
  return string.match(key, '^(.*:)([^:]*)$')
end

local JOB_KEYS = { '', ':lock', ':dependencies', ':processed', ':failed', ':unsuccessful', ':logs', ':annotations',
  ':once' }

local function deleteJobKeys(jobKey)
  local keys = {}
  for i, suffix in ipairs(JOB_KEYS) do keys[i] = jobKey .. suffix end
  redis.call('UNLINK', unpack(keys))
  local base, id = splitJobKey(jobKey)
  redis.pcall('HDEL', base .. 'unknown', id)
  redis.pcall('HDEL', base .. 'set-aside', id)
end
-- Removes the callbacks of a job that goes without having ended: with it goes all that was stored for it.
-- Puts a job into the wait list of its queue and wakes a worker, as BullMQ does. \`prefix\` is that of the queue.

local function maxEvents(prefix)
  return redis.call('HGET', prefix .. 'meta', 'opts.maxLenEvents') or 10000
end

-- Adds an event of a job to its queue's stream, as BullMQ does; what else it says follows, as name, value, name, value …
local function tell(prefix, event, jobId, ...)
  redis.call('XADD', prefix .. 'events', 'MAXLEN', '~', maxEvents(prefix), '*', 'event', event, 'jobId', jobId, ...)
end

local function isPausedOrFull(prefix)
  local paused, concurrency = unpack(redis.call('HMGET', prefix .. 'meta', 'paused', 'concurrency'))
  if paused then return true end
  return concurrency and redis.call('LLEN', prefix .. 'active') >= tonumber(concurrency)
end

-- side: 'RPUSH' for the head of the queue, 'LPUSH' for its tail.
local function pushToWait(prefix, jobId, side, previous)
  redis.call(side, prefix .. 'wait', jobId)
  if not isPausedOrFull(prefix) then redis.call('ZADD', prefix .. 'marker', 0, '0') end
  if previous then tell(prefix, 'waiting', jobId, 'prev', previous) else tell(prefix, 'waiting', jobId) end
end

-- Lets a job wait for those below it.
local function pushToWaitingChildren(prefix, jobId, timestamp, ...)
  redis.call('ZADD', prefix .. 'waiting-children', timestamp, jobId)
  tell(prefix, 'waiting-children', jobId, ...)
end

local function pushToDelayed(prefix, jobId, dueAt)
  local delayedKey = prefix .. 'delayed'
  -- As BullMQ: the low 12 bits of a delayed job's score keep the order of those that are due at the same time (Q1).
  local lowest, highest = dueAt * 0x1000, dueAt * 0x1000 + 0xfff
  local last = redis.call('ZREVRANGEBYSCORE', delayedKey, string.format('%.0f', highest), string.format('%.0f', lowest),
    'WITHSCORES', 'LIMIT', 0, 1)
  local score = last[2] and math.min(tonumber(last[2]) + 1, highest) or lowest
  redis.call('ZADD', delayedKey, string.format('%.0f', score), jobId)
  tell(prefix, 'delayed', jobId, 'delay', string.format('%.0f', dueAt))
  local first = redis.call('ZRANGE', delayedKey, 0, 0, 'WITHSCORES')
  redis.call('ZADD', prefix .. 'marker', string.format('%.0f', math.floor(tonumber(first[2]) / 0x1000)), '1')
end

local removeCallbacks
function removeCallbacks(ownerKey)
  local listed = redis.call('HGET', ownerKey, 'callbacks')
  if not listed then return end
  for _, key in ipairs(cjson.decode(listed)) do
    removeCallbacks(key)
    local prefix, id = splitJobKey(key)
    deleteJobKeys(key)
    tell(prefix, 'removed', id)
  end
end
-- Settles the join of a job that waits for others without BullMQ's finish doing so: for one that was removed, and nothing hangs (C2);
-- and for one that waits for a job which stands below another one (J5).

-- ending: the list of the waiting job in which the one that it waited for is kept, 'processed' or 'failed'; value: what of it.
local function settleAbove(parentKey, jobKey, ending, value, now)
  if redis.call('SREM', parentKey .. ':dependencies', jobKey) == 0 then return end
  redis.call('HSET', parentKey .. ':' .. ending, jobKey, value)
  if redis.call('SCARD', parentKey .. ':dependencies') > 0 then return end
  -- While it is about to wait it sees for itself that nothing is left below it.
  local prefix, id = splitJobKey(parentKey)
  if redis.call('ZREM', prefix .. 'waiting-children', id) == 0 then return end
  redis.call('HSET', parentKey, 'turnAt', now)
  pushToWait(prefix, id, 'RPUSH', 'waiting-children')
end

-- All that wait for a removed job.
local function settleRemoved(parentKey, waiters, jobKey, now)
  if parentKey then settleAbove(parentKey, jobKey, 'failed', 'removed', now) end
  for _, waiterKey in ipairs(cjson.decode(waiters or '[]')) do
    settleAbove(waiterKey, jobKey, 'failed', 'removed', now)
  end
end
-- Takes a pending job out of wherever it waits for its claim. \`prefix\` is that of its lane.
-- Quotas of a queue (Q5): who holds their slots, who waits for them in which lane, and who may try next.
--
-- \`base\` is that of a lane's keys, \`root\` what stands before all keys. A job holds all of its quotas or none. One that finds a
-- quota full is *parked*: in no list of BullMQ's, but among the lane's parked jobs and the waiters of that one quota. A slot that is
-- freed wakes, in each lane, as many waiters as there are free slots: they go to the head of the lane's wait list, and whoever is
-- claimed first gets the slot. A lane that nobody serves so takes no slot from the others. Until a woken job has tried, it stands
-- before all that come after it in its lane.

local function splitBase(base)
  local root, queue = string.match(base, '^(.*:)([^:/]+)[^:]*:$')
  return root, root .. queue
end

-- The bases of all lanes of a queue that jobs with quotas can be in.
local function laneBases(queueBase)
  local bases = { queueBase .. ':' }
  for _, lane in ipairs(redis.call('SMEMBERS', queueBase .. ':lanes')) do bases[#bases + 1] = queueBase .. '/' .. lane .. ':' end
  return bases
end

-- The names of the quotas of a job; most jobs have none.
local function quotasOf(jobKey)
  local options = redis.pcall('HGET', jobKey, 'opts')
  if type(options) ~= 'string' or not string.find(options, '"quotas"', 1, true) then return {} end
  -- A job whose options are damaged holds none: it was never started.
  local isJson, decoded = pcall(cjson.decode, options)
  local quotas = isJson and type(decoded) == 'table' and decoded.quotas
  local names = {}
  for _, name in ipairs(type(quotas) == 'table' and quotas or {}) do
    if type(name) == 'string' then names[#names + 1] = name end
  end
  return names
end

-- The key that holds something of a quota: 'holders' of the queue, 'waiters' and 'woken' of each lane.
local function holdersKey(queueBase, name) return queueBase .. ':quota:' .. name .. ':holders' end
local function laneKey(base, name, what)
  local root, queueBase = splitBase(base)
  return queueBase .. ':quota:' .. name .. ':' .. what .. ':' .. string.sub(base, #root + 1, -2)
end

-- How many slots are free for a job that arrived then, in its lane; nil for a quota that is not there.
local function freeSlots(base, name, arrival)
  local _, queueBase = splitBase(base)
  local size = redis.call('HGET', queueBase .. ':quotas', name)
  if not size then return nil end
  local before = redis.call('ZCOUNT', laneKey(base, name, 'woken'), '-inf', arrival and '(' .. arrival or '+inf')
  -- A size that is no number lets none start.
  return (tonumber(size) or 0) - redis.call('HLEN', holdersKey(queueBase, name)) - before
end

-- The first quota that has no slot for a job. One that is not there is not full: whoever claims the job says so.
local function firstFull(base, names, arrival)
  for _, name in ipairs(names) do
    local free = freeSlots(base, name, arrival)
    if free and free <= 0 then return name end
  end
end

local function park(base, name, id, arrival)
  redis.call('ZADD', laneKey(base, name, 'waiters'), arrival, id)
  redis.call('ZADD', base .. 'parked', arrival, id)
end

local function wakeInLane(base, name)
  local waitersKey = laneKey(base, name, 'waiters')
  local woken = {}
  while (freeSlots(base, name) or math.huge) > 0 do
    local first = redis.call('ZRANGE', waitersKey, 0, 0, 'WITHSCORES')
    if #first == 0 then break end
    local id, arrival = first[1], first[2]
    local names = quotasOf(base .. id)
    local full = firstFull(base, names, arrival)
    if full == name then break end
    redis.call('ZREM', waitersKey, id)
    redis.call('ZREM', base .. 'parked', id)
    if full then
      -- It waits for another one now: whoever comes after it here must not wait with it.
      park(base, full, id, arrival)
    elseif redis.call('EXISTS', base .. id) == 1 then
      for _, own in ipairs(names) do redis.call('ZADD', laneKey(base, own, 'woken'), arrival, id) end
      woken[#woken + 1] = id
    end
  end
  for i = #woken, 1, -1 do pushToWait(base, woken[i], 'RPUSH') end
end

-- Wakes whom the free slots of a quota are for, in every lane.
local function wakeWaiters(queueBase, name)
  for _, base in ipairs(laneBases(queueBase)) do wakeInLane(base, name) end
end

-- How many jobs wait for a slot, in any lane, also those that were woken and have not tried yet.
local function countWaiters(queueBase, name)
  local count = 0
  for _, base in ipairs(laneBases(queueBase)) do
    count = count + redis.call('ZCARD', laneKey(base, name, 'waiters')) + redis.call('ZCARD', laneKey(base, name, 'woken'))
  end
  return count
end

-- Frees what a job holds, and what it waits for. token: only slots taken under it; nil for all.
local function freeQuotas(base, id, token)
  local names = quotasOf(base .. id)
  if #names == 0 then return end
  local root, queueBase = splitBase(base)
  local member = string.sub(base, #root + 1) .. id
  for _, name in ipairs(names) do
    local key = holdersKey(queueBase, name)
    if not token or redis.call('HGET', key, member) == token then redis.call('HDEL', key, member) end
    redis.call('ZREM', laneKey(base, name, 'woken'), id)
    if not token then redis.call('ZREM', laneKey(base, name, 'waiters'), id) end
  end
  if not token then redis.call('ZREM', base .. 'parked', id) end
  for _, name in ipairs(names) do wakeWaiters(queueBase, name) end
end

-- Drops those from the holders of a quota who hold it wrongly: jobs that are gone, have their result, or wait for their time.
local function dropDeadHolders(root, queueBase, name)
  local key = holdersKey(queueBase, name)
  local dropped = false
  for _, member in ipairs(redis.call('HKEYS', key)) do
    local jobKey = root .. member
    local base, id = splitJobKey(jobKey)
    -- What is stored under its key may be no job (B1).
    local task, finishedOn, result = unpack(redis.pcall('HMGET', jobKey, 'name', 'finishedOn', 'result'))
    local isLater = redis.call('EXISTS', jobKey .. ':lock') == 0 and redis.call('ZSCORE', base .. 'delayed', id)
    if not task or finishedOn or result or isLater then
      redis.call('HDEL', key, member)
      dropped = true
    end
  end
  return dropped
end

-- Whether it was there. The oldest jobs stand at the right of the wait list, and are looked for first.
local function takePending(prefix, jobId)
  local found = redis.call('ZREM', prefix .. 'delayed', jobId) == 1 or redis.call('ZREM', prefix .. 'parked', jobId) == 1
    or redis.call('LREM', prefix .. 'wait', -1, jobId) == 1 or redis.call('HDEL', prefix .. 'set-aside', jobId) == 1
  -- Nobody waits behind it for a slot any more.
  if found then pcall(freeQuotas, prefix, jobId) end
  return found
end
local jobKey = KEYS[1]
local jobId, prefix, now, call = unpack(ARGV)
-- Longer than a call goes on that waits for Redis. In ms.
local KEPT = 600000
local pulledKey = jobKey .. ':pulled'

if redis.call('EXISTS', jobKey) == 0 then
  if call ~= '' and redis.call('GET', pulledKey) == call then return 1 end
  return -1
end
if redis.call('EXISTS', jobKey .. ':lock') == 1 or redis.call('HEXISTS', jobKey, 'manifest') == 1
  or redis.call('HEXISTS', jobKey, 'result') == 1 then return 0 end
if not takePending(prefix, jobId) then return 0 end
local parentKey, waiters = unpack(redis.call('HMGET', jobKey, 'parentKey', 'waiters'))
removeCallbacks(jobKey)
deleteJobKeys(jobKey)
if call ~= '' then redis.call('SET', pulledKey, call, 'PX', KEPT) end
tell(prefix, 'removed', jobId, 'prev', 'waiting')
settleRemoved(parentKey, waiters, jobKey, now)
return 1
`,
  },
  retryFailed: {
    name: 'retryFailed',
    numberOfKeys: 1,
    lua: `--[[
  Lets a job run again that has completed and failed: at the tail of its lane (O3). What failed below it is made new again when it is scheduled.

  KEYS: job
  ARGV: jobId, prefix (of its lane), timestamp, call (who asks: the same again when a reply was lost)
  Reply: 1, also where this call let it run before; 0 it has not completed; 2 it has no failure; 3 a job that waits for it, or whose callback it is, has not completed; -1 there is
         no such job
  Events: 'waiting'
]]
-- The way up from a job to the one that waits for it and for others: the joining job.
-- The key of a job is the prefix of its lane and its id.

local function splitJobKey(key)
  return string.match(key, '^(.*:)([^:]*)$')
end

-- The joining job of those that are all below \`outerKey\`; nil where it is gone.
local function joinedBelow(outerKey)
  local joined, manifest, outerParentKey = unpack(redis.call('HMGET', outerKey, 'joined', 'manifest', 'parentKey'))
  -- What is called with the results waits for them as long as it has scheduled nothing itself.
  local joiningKey = joined and not manifest and outerParentKey or outerKey
  return redis.call('HEXISTS', joiningKey, 'name') == 1 and joiningKey or nil
end

-- Returns the keys of the joining job, of the job that all others are below (the one that is called with them, or the joining
-- job), and of the job's parent; nil where nobody waits for it. In a row the parent is the next part: the outer one stands in \`of\`.
local function joiningJob(jobKey)
  local parentKey, parent = unpack(redis.call('HMGET', jobKey, 'parentKey', 'parent'))
  if not parentKey then return nil end
  local outerKey = parent and cjson.decode(parent)['of'] or parentKey
  local joiningKey = joinedBelow(outerKey)
  if not joiningKey then return nil end
  return joiningKey, outerKey, parentKey
end
-- Makes a job that has ended new again (O3). It keeps who it is, its callbacks that ran, how often it was claimed and interrupted, and what
-- it has done once.

local OF_ITS_LIFE = { 'finishedOn', 'failedReason', 'returnvalue', 'failure', 'stacktrace', 'result', 'cancelled', 'aborted', 'stopped',
  'policyData', 'retries', 'resumeAfter', 'manifest', 'scheduledChunks', 'putBy', 'waitingOwner', 'processedOn', 'quotaArrival', 'unknownOffers', 'defa' }

-- Its deadline counts from now (Q2).
local function makeNewAgain(key, timestamp)
  local base, id = splitJobKey(key)
  redis.call('ZREM', base .. 'failed', id)
  redis.call('ZREM', base .. 'completed', id)
  redis.call('HDEL', key, unpack(OF_ITS_LIFE))
  redis.call('DEL', key .. ':dependencies', key .. ':unsuccessful')
  redis.call('HSET', key, 'delay', 0, 'turnAt', timestamp, 'claimsBefore', redis.call('HGET', key, 'ats') or 0)
end
-- Puts a job into the wait list of its queue and wakes a worker, as BullMQ does. \`prefix\` is that of the queue.

local function maxEvents(prefix)
  return redis.call('HGET', prefix .. 'meta', 'opts.maxLenEvents') or 10000
end

-- Adds an event of a job to its queue's stream, as BullMQ does; what else it says follows, as name, value, name, value …
local function tell(prefix, event, jobId, ...)
  redis.call('XADD', prefix .. 'events', 'MAXLEN', '~', maxEvents(prefix), '*', 'event', event, 'jobId', jobId, ...)
end

local function isPausedOrFull(prefix)
  local paused, concurrency = unpack(redis.call('HMGET', prefix .. 'meta', 'paused', 'concurrency'))
  if paused then return true end
  return concurrency and redis.call('LLEN', prefix .. 'active') >= tonumber(concurrency)
end

-- side: 'RPUSH' for the head of the queue, 'LPUSH' for its tail.
local function pushToWait(prefix, jobId, side, previous)
  redis.call(side, prefix .. 'wait', jobId)
  if not isPausedOrFull(prefix) then redis.call('ZADD', prefix .. 'marker', 0, '0') end
  if previous then tell(prefix, 'waiting', jobId, 'prev', previous) else tell(prefix, 'waiting', jobId) end
end

-- Lets a job wait for those below it.
local function pushToWaitingChildren(prefix, jobId, timestamp, ...)
  redis.call('ZADD', prefix .. 'waiting-children', timestamp, jobId)
  tell(prefix, 'waiting-children', jobId, ...)
end

local function pushToDelayed(prefix, jobId, dueAt)
  local delayedKey = prefix .. 'delayed'
  -- As BullMQ: the low 12 bits of a delayed job's score keep the order of those that are due at the same time (Q1).
  local lowest, highest = dueAt * 0x1000, dueAt * 0x1000 + 0xfff
  local last = redis.call('ZREVRANGEBYSCORE', delayedKey, string.format('%.0f', highest), string.format('%.0f', lowest),
    'WITHSCORES', 'LIMIT', 0, 1)
  local score = last[2] and math.min(tonumber(last[2]) + 1, highest) or lowest
  redis.call('ZADD', delayedKey, string.format('%.0f', score), jobId)
  tell(prefix, 'delayed', jobId, 'delay', string.format('%.0f', dueAt))
  local first = redis.call('ZRANGE', delayedKey, 0, 0, 'WITHSCORES')
  redis.call('ZADD', prefix .. 'marker', string.format('%.0f', math.floor(tonumber(first[2]) / 0x1000)), '1')
end
local jobKey = KEYS[1]
local jobId, prefix, timestamp, call = unpack(ARGV)

local name, finishedOn, reason, parentKey, partOf, callbackOf, retriedBy =
  unpack(redis.call('HMGET', jobKey, 'name', 'finishedOn', 'failedReason', 'parentKey', 'partOf', 'callbackOf', 'retriedBy'))
if not name then return -1 end
if retriedBy == call then return 1 end
if not finishedOn then return 0 end
if not reason then return 2 end

local function isUnderWay(key)
  if not key then return false end
  local found, ended = unpack(redis.call('HMGET', key, 'name', 'finishedOn'))
  return found and not ended
end

local joiningKey, outerKey = joiningJob(jobKey)
if isUnderWay(parentKey) or isUnderWay(outerKey) or isUnderWay(joiningKey) or isUnderWay(partOf) or isUnderWay(callbackOf) then return 3 end
makeNewAgain(jobKey, timestamp)
redis.call('HSET', jobKey, 'retriedBy', call)
pushToWait(prefix, jobId, 'LPUSH', 'failed')
return 1
`,
  },
  schedule: {
    name: 'schedule',
    numberOfKeys: 2,
    lua: `--[[
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
-- Puts a job into the wait list of its queue and wakes a worker, as BullMQ does. \`prefix\` is that of the queue.

local function maxEvents(prefix)
  return redis.call('HGET', prefix .. 'meta', 'opts.maxLenEvents') or 10000
end

-- Adds an event of a job to its queue's stream, as BullMQ does; what else it says follows, as name, value, name, value …
local function tell(prefix, event, jobId, ...)
  redis.call('XADD', prefix .. 'events', 'MAXLEN', '~', maxEvents(prefix), '*', 'event', event, 'jobId', jobId, ...)
end

local function isPausedOrFull(prefix)
  local paused, concurrency = unpack(redis.call('HMGET', prefix .. 'meta', 'paused', 'concurrency'))
  if paused then return true end
  return concurrency and redis.call('LLEN', prefix .. 'active') >= tonumber(concurrency)
end

-- side: 'RPUSH' for the head of the queue, 'LPUSH' for its tail.
local function pushToWait(prefix, jobId, side, previous)
  redis.call(side, prefix .. 'wait', jobId)
  if not isPausedOrFull(prefix) then redis.call('ZADD', prefix .. 'marker', 0, '0') end
  if previous then tell(prefix, 'waiting', jobId, 'prev', previous) else tell(prefix, 'waiting', jobId) end
end

-- Lets a job wait for those below it.
local function pushToWaitingChildren(prefix, jobId, timestamp, ...)
  redis.call('ZADD', prefix .. 'waiting-children', timestamp, jobId)
  tell(prefix, 'waiting-children', jobId, ...)
end

local function pushToDelayed(prefix, jobId, dueAt)
  local delayedKey = prefix .. 'delayed'
  -- As BullMQ: the low 12 bits of a delayed job's score keep the order of those that are due at the same time (Q1).
  local lowest, highest = dueAt * 0x1000, dueAt * 0x1000 + 0xfff
  local last = redis.call('ZREVRANGEBYSCORE', delayedKey, string.format('%.0f', highest), string.format('%.0f', lowest),
    'WITHSCORES', 'LIMIT', 0, 1)
  local score = last[2] and math.min(tonumber(last[2]) + 1, highest) or lowest
  redis.call('ZADD', delayedKey, string.format('%.0f', score), jobId)
  tell(prefix, 'delayed', jobId, 'delay', string.format('%.0f', dueAt))
  local first = redis.call('ZRANGE', delayedKey, 0, 0, 'WITHSCORES')
  redis.call('ZADD', prefix .. 'marker', string.format('%.0f', math.floor(tonumber(first[2]) / 0x1000)), '1')
end
-- Stores callbacks with the job that they are added to: each has a hash, and stands in no list before its turn comes (J7).
-- The key of a job is the prefix of its lane and its id.

local function splitJobKey(key)
  return string.match(key, '^(.*:)([^:]*)$')
end

local holdCallbacks

-- callback: { base, id, task, args, options, callbacks }, \`base\` being the prefix of its lane. Answers with its key; nil where it is
-- there already: it is left as it is, so that what stores it can be repeated.
local function holdCallback(ownerKey, callback, timestamp)
  local key = callback.base .. callback.id
  if redis.call('HEXISTS', key, 'name') == 1 then return nil end
  redis.call('HSET', key, 'name', callback.task, 'data', callback.args, 'opts', callback.options,
    'timestamp', timestamp, 'delay', 0, 'priority', 0, 'held', 1, 'callbackOf', ownerKey)
  holdCallbacks(key, callback.callbacks, timestamp)
  return key
end

-- Adds keys of callbacks to one of the lists in their job's hash.
local function listCallbacks(ownerKey, field, keys)
  if #keys == 0 then return end
  local listed = cjson.decode(redis.call('HGET', ownerKey, field) or '[]')
  for _, key in ipairs(keys) do listed[#listed + 1] = key end
  redis.call('HSET', ownerKey, field, cjson.encode(listed))
end

function holdCallbacks(ownerKey, callbacks, timestamp)
  local keys = {}
  for _, callback in ipairs(callbacks) do keys[#keys + 1] = holdCallback(ownerKey, callback, timestamp) end
  listCallbacks(ownerKey, 'callbacks', keys)
end
-- How the jobs of a lane name others: by their ids, and by \`<BullMQ queue>:<id>\` where they are in another lane.

-- Returns the base of the keys of the job's lane, and its id. base: of the lane at hand; prefix: of all keys, with its colon.
local function placeOf(name, base, prefix)
  if not string.find(name, ':', 1, true) then return base, name end
  local queue, id = string.match(name, '^(.*:)(.*)$')
  return prefix .. queue, id
end
-- Makes a job that has ended new again (O3). It keeps who it is, its callbacks that ran, how often it was claimed and interrupted, and what
-- it has done once.

local OF_ITS_LIFE = { 'finishedOn', 'failedReason', 'returnvalue', 'failure', 'stacktrace', 'result', 'cancelled', 'aborted', 'stopped',
  'policyData', 'retries', 'resumeAfter', 'manifest', 'scheduledChunks', 'putBy', 'waitingOwner', 'processedOn', 'quotaArrival', 'unknownOffers', 'defa' }

-- Its deadline counts from now (Q2).
local function makeNewAgain(key, timestamp)
  local base, id = splitJobKey(key)
  redis.call('ZREM', base .. 'failed', id)
  redis.call('ZREM', base .. 'completed', id)
  redis.call('HDEL', key, unpack(OF_ITS_LIFE))
  redis.call('DEL', key .. ':dependencies', key .. ':unsuccessful')
  redis.call('HSET', key, 'delay', 0, 'turnAt', timestamp, 'claimsBefore', redis.call('HGET', key, 'ats') or 0)
end
-- In a row that runs again, a job whose next one does not wait for its turn is followed by the next that does (O3): that one has its
-- result already, or it has begun and goes on by itself.

local places = {}

local function waitsForItsTurn(key)
  local base, id = splitJobKey(key)
  if not redis.call('ZSCORE', base .. 'waiting-children', id) then return false end
  -- It waits for its callbacks, or for jobs of its own.
  local result, manifest = unpack(redis.call('HMGET', key, 'result', 'manifest'))
  return not result and not manifest
end

-- parentKey: of the job that is to follow; parent: what BullMQ keeps of that, JSON; top: the job that waits for all of them.
-- Returns both as they are to be.
local function placeAbove(parentKey, parent, top)
  local key = places[parentKey] or parentKey
  while key ~= top and not waitsForItsTurn(key) do
    key = redis.call('HGET', key, 'parentKey') or top
  end
  places[parentKey] = key
  if key == parentKey then return parentKey, parent end
  local base, id = splitJobKey(key)
  local data = cjson.decode(parent)
  data.id, data.queueKey = id, string.sub(base, 1, -2)
  return key, cjson.encode(data)
end
-- Takes a pending job out of wherever it waits for its claim. \`prefix\` is that of its lane.
-- Quotas of a queue (Q5): who holds their slots, who waits for them in which lane, and who may try next.
--
-- \`base\` is that of a lane's keys, \`root\` what stands before all keys. A job holds all of its quotas or none. One that finds a
-- quota full is *parked*: in no list of BullMQ's, but among the lane's parked jobs and the waiters of that one quota. A slot that is
-- freed wakes, in each lane, as many waiters as there are free slots: they go to the head of the lane's wait list, and whoever is
-- claimed first gets the slot. A lane that nobody serves so takes no slot from the others. Until a woken job has tried, it stands
-- before all that come after it in its lane.

local function splitBase(base)
  local root, queue = string.match(base, '^(.*:)([^:/]+)[^:]*:$')
  return root, root .. queue
end

-- The bases of all lanes of a queue that jobs with quotas can be in.
local function laneBases(queueBase)
  local bases = { queueBase .. ':' }
  for _, lane in ipairs(redis.call('SMEMBERS', queueBase .. ':lanes')) do bases[#bases + 1] = queueBase .. '/' .. lane .. ':' end
  return bases
end

-- The names of the quotas of a job; most jobs have none.
local function quotasOf(jobKey)
  local options = redis.pcall('HGET', jobKey, 'opts')
  if type(options) ~= 'string' or not string.find(options, '"quotas"', 1, true) then return {} end
  -- A job whose options are damaged holds none: it was never started.
  local isJson, decoded = pcall(cjson.decode, options)
  local quotas = isJson and type(decoded) == 'table' and decoded.quotas
  local names = {}
  for _, name in ipairs(type(quotas) == 'table' and quotas or {}) do
    if type(name) == 'string' then names[#names + 1] = name end
  end
  return names
end

-- The key that holds something of a quota: 'holders' of the queue, 'waiters' and 'woken' of each lane.
local function holdersKey(queueBase, name) return queueBase .. ':quota:' .. name .. ':holders' end
local function laneKey(base, name, what)
  local root, queueBase = splitBase(base)
  return queueBase .. ':quota:' .. name .. ':' .. what .. ':' .. string.sub(base, #root + 1, -2)
end

-- How many slots are free for a job that arrived then, in its lane; nil for a quota that is not there.
local function freeSlots(base, name, arrival)
  local _, queueBase = splitBase(base)
  local size = redis.call('HGET', queueBase .. ':quotas', name)
  if not size then return nil end
  local before = redis.call('ZCOUNT', laneKey(base, name, 'woken'), '-inf', arrival and '(' .. arrival or '+inf')
  -- A size that is no number lets none start.
  return (tonumber(size) or 0) - redis.call('HLEN', holdersKey(queueBase, name)) - before
end

-- The first quota that has no slot for a job. One that is not there is not full: whoever claims the job says so.
local function firstFull(base, names, arrival)
  for _, name in ipairs(names) do
    local free = freeSlots(base, name, arrival)
    if free and free <= 0 then return name end
  end
end

local function park(base, name, id, arrival)
  redis.call('ZADD', laneKey(base, name, 'waiters'), arrival, id)
  redis.call('ZADD', base .. 'parked', arrival, id)
end

local function wakeInLane(base, name)
  local waitersKey = laneKey(base, name, 'waiters')
  local woken = {}
  while (freeSlots(base, name) or math.huge) > 0 do
    local first = redis.call('ZRANGE', waitersKey, 0, 0, 'WITHSCORES')
    if #first == 0 then break end
    local id, arrival = first[1], first[2]
    local names = quotasOf(base .. id)
    local full = firstFull(base, names, arrival)
    if full == name then break end
    redis.call('ZREM', waitersKey, id)
    redis.call('ZREM', base .. 'parked', id)
    if full then
      -- It waits for another one now: whoever comes after it here must not wait with it.
      park(base, full, id, arrival)
    elseif redis.call('EXISTS', base .. id) == 1 then
      for _, own in ipairs(names) do redis.call('ZADD', laneKey(base, own, 'woken'), arrival, id) end
      woken[#woken + 1] = id
    end
  end
  for i = #woken, 1, -1 do pushToWait(base, woken[i], 'RPUSH') end
end

-- Wakes whom the free slots of a quota are for, in every lane.
local function wakeWaiters(queueBase, name)
  for _, base in ipairs(laneBases(queueBase)) do wakeInLane(base, name) end
end

-- How many jobs wait for a slot, in any lane, also those that were woken and have not tried yet.
local function countWaiters(queueBase, name)
  local count = 0
  for _, base in ipairs(laneBases(queueBase)) do
    count = count + redis.call('ZCARD', laneKey(base, name, 'waiters')) + redis.call('ZCARD', laneKey(base, name, 'woken'))
  end
  return count
end

-- Frees what a job holds, and what it waits for. token: only slots taken under it; nil for all.
local function freeQuotas(base, id, token)
  local names = quotasOf(base .. id)
  if #names == 0 then return end
  local root, queueBase = splitBase(base)
  local member = string.sub(base, #root + 1) .. id
  for _, name in ipairs(names) do
    local key = holdersKey(queueBase, name)
    if not token or redis.call('HGET', key, member) == token then redis.call('HDEL', key, member) end
    redis.call('ZREM', laneKey(base, name, 'woken'), id)
    if not token then redis.call('ZREM', laneKey(base, name, 'waiters'), id) end
  end
  if not token then redis.call('ZREM', base .. 'parked', id) end
  for _, name in ipairs(names) do wakeWaiters(queueBase, name) end
end

-- Drops those from the holders of a quota who hold it wrongly: jobs that are gone, have their result, or wait for their time.
local function dropDeadHolders(root, queueBase, name)
  local key = holdersKey(queueBase, name)
  local dropped = false
  for _, member in ipairs(redis.call('HKEYS', key)) do
    local jobKey = root .. member
    local base, id = splitJobKey(jobKey)
    -- What is stored under its key may be no job (B1).
    local task, finishedOn, result = unpack(redis.pcall('HMGET', jobKey, 'name', 'finishedOn', 'result'))
    local isLater = redis.call('EXISTS', jobKey .. ':lock') == 0 and redis.call('ZSCORE', base .. 'delayed', id)
    if not task or finishedOn or result or isLater then
      redis.call('HDEL', key, member)
      dropped = true
    end
  end
  return dropped
end

-- Whether it was there. The oldest jobs stand at the right of the wait list, and are looked for first.
local function takePending(prefix, jobId)
  local found = redis.call('ZREM', prefix .. 'delayed', jobId) == 1 or redis.call('ZREM', prefix .. 'parked', jobId) == 1
    or redis.call('LREM', prefix .. 'wait', -1, jobId) == 1 or redis.call('HDEL', prefix .. 'set-aside', jobId) == 1
  -- Nobody waits behind it for a slot any more.
  if found then pcall(freeQuotas, prefix, jobId) end
  return found
end
-- Jobs that wait for a job which stands below another one already, or which is a callback (J5): BullMQ knows one parent only.
-- The keys in a list that is kept as JSON. Of a damaged one nothing is known (B1).
local function keysIn(json)
  local isJson, keys = pcall(cjson.decode, json or '[]')
  return isJson and type(keys) == 'table' and keys or {}
end

-- Lets one more job wait for it; the holder of the job is made to look, as for callbacks.
local function addWaiter(key, waiterKey)
  local waiters = cjson.decode(redis.call('HGET', key, 'waiters') or '[]')
  for _, known in ipairs(waiters) do if known == waiterKey then return end end
  waiters[#waiters + 1] = waiterKey
  redis.call('HSET', key, 'waiters', cjson.encode(waiters))
  if redis.call('EXISTS', key .. ':lock') == 1 then redis.call('ZADD', key .. ':unsuccessful', 0, 'waiters') end
end

-- It has ended, and is kept until the jobs that wait for it have ended too.
local function addNeeded(key, waiterKeys)
  local keys = keysIn(redis.call('HGET', key, 'neededBy'))
  for _, waiterKey in ipairs(waiterKeys) do keys[#keys + 1] = waiterKey end
  redis.call('HSET', key, 'neededBy', cjson.encode(keys))
end

-- Whether it was one of those that wait.
local function removeWaiter(key, waiterKey)
  local json = redis.call('HGET', key, 'waiters')
  if not json then return false end
  local waiters, kept = cjson.decode(json), {}
  for _, known in ipairs(waiters) do if known ~= waiterKey then kept[#kept + 1] = known end end
  if #kept == #waiters then return false end
  if #kept == 0 then redis.call('HDEL', key, 'waiters') else redis.call('HSET', key, 'waiters', cjson.encode(kept)) end
  return true
end

-- The set of all that wait for a job, in however many steps, with itself: what it is below, what waits for it besides, and callbacks.
local function allAbove(key)
  local seen, found, i = { [key] = true }, { key }, 0
  while i < #found do
    i = i + 1
    local parentKey, waiters, callbacks = unpack(redis.call('HMGET', found[i], 'parentKey', 'waiters', 'callbacks'))
    local above = cjson.decode(waiters or '[]')
    for _, callbackKey in ipairs(cjson.decode(callbacks or '[]')) do above[#above + 1] = callbackKey end
    if parentKey then above[#above + 1] = parentKey end
    for _, other in ipairs(above) do
      if not seen[other] then
        seen[other] = true
        found[#found + 1] = other
      end
    end
  end
  return seen
end
local jobKey, lockKey = KEYS[1], KEYS[2]
local token, chunk, manifest, base, prefix, timestamp, holdParent, isLast = unpack(ARGV, 1, 8)
local FIRST, FIELDS = 9, 11

if redis.call('GET', lockKey) ~= token then return -6 end
local stopped, scheduledChunks, claimsBefore = unpack(redis.call('HMGET', jobKey, 'stopped', 'scheduledChunks', 'claimsBefore'))
-- A job that was scheduled before has failed, and stopped it: no more of them are to start (C2).
if stopped then return 0 end
if tonumber(scheduledChunks or 0) > tonumber(chunk) then return 0 end
-- It was let run again: what succeeded is linked as it stands, the rest runs again (O3).
local isAgain = claimsBefore ~= false

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
  release(jobBase, id, parentKey, isLeaf, dueAt, delay)
end

-- One that failed, or is about to since it was taken back, and what is called with the others, run again, in their old place.
local function renew(name, parentKey, parent, isLeaf, dueAt)
  local jobBase, id = placeOf(name, base, prefix)
  -- Where it has not ended it is to be claimed for that; or it waits still, while its interrupt is aborting it.
  local isListed = redis.call('HEXISTS', jobBase .. id, 'finishedOn') == 0
  if isListed and redis.call('ZREM', jobBase .. 'waiting-children', id) == 0 then takePending(jobBase, id) end
  makeNewAgain(jobBase .. id, timestamp)
  redis.call('HSET', jobBase .. id, 'parentKey', parentKey, 'parent', parent)
  release(jobBase, id, parentKey, isLeaf, dueAt, math.max(0, tonumber(dueAt) - tonumber(timestamp)))
end

-- What was taken back when the job was stopped has no parent any more; what stands below another job is not run again for this one.
local outer = isAgain and cjson.decode(manifest)['then']
local outerKey = outer and keyOf(outer) or jobKey
local function isOwn(parentKey, parent)
  if not parentKey or parentKey == jobKey or parentKey == outerKey then return true end
  return parent and cjson.decode(parent).of == outerKey or redis.call('EXISTS', parentKey) == 0
end

-- Whether it is there; where the job runs again, also whether it has ended, and whether it is to run again.
local function stateOf(name, joined)
  local key = keyOf(name)
  if not isAgain then return redis.call('HEXISTS', key, 'name') == 1 end
  local found, finishedOn, reason, aborted, result, parentKey, parent =
    unpack(redis.call('HMGET', key, 'name', 'finishedOn', 'failedReason', 'aborted', 'result', 'parentKey', 'parent'))
  local hasFailed = finishedOn and (reason or joined ~= '')
  local isToFail = aborted and not finishedOn and not result and redis.call('EXISTS', key .. ':lock') == 0
  return found, finishedOn, (hasFailed or isToFail) and isOwn(parentKey, parent)
end

-- Nothing may be written before it is certain that all can be.
local above
for i = FIRST, #ARGV, FIELDS do
  local key, parentKey, mayBeThere = keyOf(ARGV[i]), keyOf(ARGV[i + 4]), ARGV[i + 10]
  local isThere, hasEnded = stateOf(ARGV[i], ARGV[i + 8])
  if isThere and not hasEnded then
    -- What is to start after others would start, or end, before them: in a row the next one might never be released.
    local isInPlace = redis.call('HGET', key, 'parentKey') == parentKey
    if mayBeThere ~= '1' and not isInPlace and (not isAgain or isOthers(key, parentKey)) then return -7 end
    above = above or allAbove(jobKey)
    if above[key] then return -11 end
  end
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
`,
  },
  seize: {
    name: 'seize',
    numberOfKeys: 2,
    lua: `--[[
  Takes a started job away from a dispatcher that stopped or died, and puts its handleInterrupt job into the queue (I1).

  KEYS: job, lock
  ARGV: expectedToken, jobId, reference (JSON of the job's reference), systemPrefix, task, options, timestamp
  Reply: the id of the handleInterrupt job, which is the lock's new token; nil where the lock is no longer expectedToken
  Events: 'waiting' in the system lane, and for each job that waited for a quota of this one and is woken
]]
-- Who owns a job while it waits has it in a set of its own: until it ends, or is taken from where it waits or runs (I2, J9).
-- Quotas of a queue (Q5): who holds their slots, who waits for them in which lane, and who may try next.
--
-- \`base\` is that of a lane's keys, \`root\` what stands before all keys. A job holds all of its quotas or none. One that finds a
-- quota full is *parked*: in no list of BullMQ's, but among the lane's parked jobs and the waiters of that one quota. A slot that is
-- freed wakes, in each lane, as many waiters as there are free slots: they go to the head of the lane's wait list, and whoever is
-- claimed first gets the slot. A lane that nobody serves so takes no slot from the others. Until a woken job has tried, it stands
-- before all that come after it in its lane.
-- The key of a job is the prefix of its lane and its id.

local function splitJobKey(key)
  return string.match(key, '^(.*:)([^:]*)$')
end
-- Puts a job into the wait list of its queue and wakes a worker, as BullMQ does. \`prefix\` is that of the queue.

local function maxEvents(prefix)
  return redis.call('HGET', prefix .. 'meta', 'opts.maxLenEvents') or 10000
end

-- Adds an event of a job to its queue's stream, as BullMQ does; what else it says follows, as name, value, name, value …
local function tell(prefix, event, jobId, ...)
  redis.call('XADD', prefix .. 'events', 'MAXLEN', '~', maxEvents(prefix), '*', 'event', event, 'jobId', jobId, ...)
end

local function isPausedOrFull(prefix)
  local paused, concurrency = unpack(redis.call('HMGET', prefix .. 'meta', 'paused', 'concurrency'))
  if paused then return true end
  return concurrency and redis.call('LLEN', prefix .. 'active') >= tonumber(concurrency)
end

-- side: 'RPUSH' for the head of the queue, 'LPUSH' for its tail.
local function pushToWait(prefix, jobId, side, previous)
  redis.call(side, prefix .. 'wait', jobId)
  if not isPausedOrFull(prefix) then redis.call('ZADD', prefix .. 'marker', 0, '0') end
  if previous then tell(prefix, 'waiting', jobId, 'prev', previous) else tell(prefix, 'waiting', jobId) end
end

-- Lets a job wait for those below it.
local function pushToWaitingChildren(prefix, jobId, timestamp, ...)
  redis.call('ZADD', prefix .. 'waiting-children', timestamp, jobId)
  tell(prefix, 'waiting-children', jobId, ...)
end

local function pushToDelayed(prefix, jobId, dueAt)
  local delayedKey = prefix .. 'delayed'
  -- As BullMQ: the low 12 bits of a delayed job's score keep the order of those that are due at the same time (Q1).
  local lowest, highest = dueAt * 0x1000, dueAt * 0x1000 + 0xfff
  local last = redis.call('ZREVRANGEBYSCORE', delayedKey, string.format('%.0f', highest), string.format('%.0f', lowest),
    'WITHSCORES', 'LIMIT', 0, 1)
  local score = last[2] and math.min(tonumber(last[2]) + 1, highest) or lowest
  redis.call('ZADD', delayedKey, string.format('%.0f', score), jobId)
  tell(prefix, 'delayed', jobId, 'delay', string.format('%.0f', dueAt))
  local first = redis.call('ZRANGE', delayedKey, 0, 0, 'WITHSCORES')
  redis.call('ZADD', prefix .. 'marker', string.format('%.0f', math.floor(tonumber(first[2]) / 0x1000)), '1')
end

local function splitBase(base)
  local root, queue = string.match(base, '^(.*:)([^:/]+)[^:]*:$')
  return root, root .. queue
end

-- The bases of all lanes of a queue that jobs with quotas can be in.
local function laneBases(queueBase)
  local bases = { queueBase .. ':' }
  for _, lane in ipairs(redis.call('SMEMBERS', queueBase .. ':lanes')) do bases[#bases + 1] = queueBase .. '/' .. lane .. ':' end
  return bases
end

-- The names of the quotas of a job; most jobs have none.
local function quotasOf(jobKey)
  local options = redis.pcall('HGET', jobKey, 'opts')
  if type(options) ~= 'string' or not string.find(options, '"quotas"', 1, true) then return {} end
  -- A job whose options are damaged holds none: it was never started.
  local isJson, decoded = pcall(cjson.decode, options)
  local quotas = isJson and type(decoded) == 'table' and decoded.quotas
  local names = {}
  for _, name in ipairs(type(quotas) == 'table' and quotas or {}) do
    if type(name) == 'string' then names[#names + 1] = name end
  end
  return names
end

-- The key that holds something of a quota: 'holders' of the queue, 'waiters' and 'woken' of each lane.
local function holdersKey(queueBase, name) return queueBase .. ':quota:' .. name .. ':holders' end
local function laneKey(base, name, what)
  local root, queueBase = splitBase(base)
  return queueBase .. ':quota:' .. name .. ':' .. what .. ':' .. string.sub(base, #root + 1, -2)
end

-- How many slots are free for a job that arrived then, in its lane; nil for a quota that is not there.
local function freeSlots(base, name, arrival)
  local _, queueBase = splitBase(base)
  local size = redis.call('HGET', queueBase .. ':quotas', name)
  if not size then return nil end
  local before = redis.call('ZCOUNT', laneKey(base, name, 'woken'), '-inf', arrival and '(' .. arrival or '+inf')
  -- A size that is no number lets none start.
  return (tonumber(size) or 0) - redis.call('HLEN', holdersKey(queueBase, name)) - before
end

-- The first quota that has no slot for a job. One that is not there is not full: whoever claims the job says so.
local function firstFull(base, names, arrival)
  for _, name in ipairs(names) do
    local free = freeSlots(base, name, arrival)
    if free and free <= 0 then return name end
  end
end

local function park(base, name, id, arrival)
  redis.call('ZADD', laneKey(base, name, 'waiters'), arrival, id)
  redis.call('ZADD', base .. 'parked', arrival, id)
end

local function wakeInLane(base, name)
  local waitersKey = laneKey(base, name, 'waiters')
  local woken = {}
  while (freeSlots(base, name) or math.huge) > 0 do
    local first = redis.call('ZRANGE', waitersKey, 0, 0, 'WITHSCORES')
    if #first == 0 then break end
    local id, arrival = first[1], first[2]
    local names = quotasOf(base .. id)
    local full = firstFull(base, names, arrival)
    if full == name then break end
    redis.call('ZREM', waitersKey, id)
    redis.call('ZREM', base .. 'parked', id)
    if full then
      -- It waits for another one now: whoever comes after it here must not wait with it.
      park(base, full, id, arrival)
    elseif redis.call('EXISTS', base .. id) == 1 then
      for _, own in ipairs(names) do redis.call('ZADD', laneKey(base, own, 'woken'), arrival, id) end
      woken[#woken + 1] = id
    end
  end
  for i = #woken, 1, -1 do pushToWait(base, woken[i], 'RPUSH') end
end

-- Wakes whom the free slots of a quota are for, in every lane.
local function wakeWaiters(queueBase, name)
  for _, base in ipairs(laneBases(queueBase)) do wakeInLane(base, name) end
end

-- How many jobs wait for a slot, in any lane, also those that were woken and have not tried yet.
local function countWaiters(queueBase, name)
  local count = 0
  for _, base in ipairs(laneBases(queueBase)) do
    count = count + redis.call('ZCARD', laneKey(base, name, 'waiters')) + redis.call('ZCARD', laneKey(base, name, 'woken'))
  end
  return count
end

-- Frees what a job holds, and what it waits for. token: only slots taken under it; nil for all.
local function freeQuotas(base, id, token)
  local names = quotasOf(base .. id)
  if #names == 0 then return end
  local root, queueBase = splitBase(base)
  local member = string.sub(base, #root + 1) .. id
  for _, name in ipairs(names) do
    local key = holdersKey(queueBase, name)
    if not token or redis.call('HGET', key, member) == token then redis.call('HDEL', key, member) end
    redis.call('ZREM', laneKey(base, name, 'woken'), id)
    if not token then redis.call('ZREM', laneKey(base, name, 'waiters'), id) end
  end
  if not token then redis.call('ZREM', base .. 'parked', id) end
  for _, name in ipairs(names) do wakeWaiters(queueBase, name) end
end

-- Drops those from the holders of a quota who hold it wrongly: jobs that are gone, have their result, or wait for their time.
local function dropDeadHolders(root, queueBase, name)
  local key = holdersKey(queueBase, name)
  local dropped = false
  for _, member in ipairs(redis.call('HKEYS', key)) do
    local jobKey = root .. member
    local base, id = splitJobKey(jobKey)
    -- What is stored under its key may be no job (B1).
    local task, finishedOn, result = unpack(redis.pcall('HMGET', jobKey, 'name', 'finishedOn', 'result'))
    local isLater = redis.call('EXISTS', jobKey .. ':lock') == 0 and redis.call('ZSCORE', base .. 'delayed', id)
    if not task or finishedOn or result or isLater then
      redis.call('HDEL', key, member)
      dropped = true
    end
  end
  return dropped
end

-- As \`ownedMember\` writes it. No name has a slash in it, which is all that the two kinds of JSON differ in.
local function ownedMember(base, id)
  local root, queueBase = splitBase(base)
  local queue = string.sub(queueBase, #root + 1)
  local lane = string.match(string.sub(base, #queueBase + 1), '^/(.*):$') or 'main'
  return string.format('{"queue":%s,"lane":%s,"jobId":%s}', cjson.encode(queue), cjson.encode(lane), cjson.encode(id))
end

-- Whoever waited with it need not interrupt it any more.
local function disown(base, id)
  local uuid = string.match(redis.call('HGET', base .. id, 'waitingOwner') or '', '^([^:]+):')
  local root = splitBase(base)
  if uuid then redis.call('ZREM', root .. 'dispatcher:' .. uuid .. ':waiting', ownedMember(base, id)) end
end
-- Counts an interrupt on a job and puts its handleInterrupt job at the tail of the system lane (I1, I4).

-- Returns the id of the handleInterrupt job, which is also the token under which the job is now held.
local function interruptJob(jobKey, jobId, reference, systemPrefix, task, options, timestamp)
  local number = redis.call('HINCRBY', jobKey, 'interruptions', 1)
  local id = jobId .. '.interrupt.' .. number
  -- A job that has its result is not decided about: its callbacks go on.
  if redis.call('HEXISTS', jobKey, 'result') == 1 then task = 'drover.resumeCallbacks' end
  redis.call('HSET', systemPrefix .. id, 'name', task, 'data', '[' .. reference .. ',' .. number .. ']',
    'opts', options, 'timestamp', timestamp, 'delay', 0, 'priority', 0)
  pushToWait(systemPrefix, id, 'LPUSH')
  return id
end
local jobKey, lockKey = KEYS[1], KEYS[2]
local expectedToken, jobId, reference, systemPrefix, task, options, timestamp = unpack(ARGV)

if redis.call('GET', lockKey) ~= expectedToken then return nil end
if redis.call('EXISTS', jobKey) == 0 then return nil end
local id = interruptJob(jobKey, jobId, reference, systemPrefix, task, options, timestamp)
redis.call('SET', lockKey, id, 'KEEPTTL')
local base = string.sub(jobKey, 1, -#jobId - 1)
freeQuotas(base, jobId)
disown(base, jobId)
return id
`,
  },
  setAside: {
    name: 'setAside',
    numberOfKeys: 2,
    lua: `--[[
  Sets a claimed job aside that cannot be run, since what is stored of it is damaged or not Drover's: it is in no list any more, and
  stays as it is until somebody looks at it (B1). Fenced by the holder of the job.

  KEYS: job, lock
  ARGV: token ('' for a job that nobody holds), jobId, prefix (of its lane), reason, timestamp
  Reply: 1, or -6 where somebody else holds the job
  Events: 'set-aside'; 'waiting' for each job that waited for a quota of this one and is woken
]]
-- Who holds a claimed job.

-- The token in its lock; nil where there is none, or something that is no lock (B1): no client could name a token that is not ASCII.
local function holderOf(lockKey)
  local holder = redis.pcall('GET', lockKey)
  return type(holder) == 'string' and not string.find(holder, '[\\128-\\255]') and holder or nil
end
-- Jobs that have been lost from every list.

-- Whether a job that has not ended stands nowhere in its lane. \`prefix\` is that of the lane. What is no list has no job in it (B1).
local function isNowhere(prefix, jobId)
  local key = prefix .. jobId
  if redis.call('TYPE', key).ok ~= 'hash' then return false end
  local name, finishedOn, held = unpack(redis.call('HMGET', key, 'name', 'finishedOn', 'held'))
  if not name or finishedOn or held then return false end
  for _, list in ipairs({ 'wait', 'active' }) do
    if type(redis.pcall('LPOS', prefix .. list, jobId)) == 'number' then return false end
  end
  for _, set in ipairs({ 'delayed', 'parked', 'prioritized', 'waiting-children' }) do
    if type(redis.pcall('ZSCORE', prefix .. set, jobId)) == 'string' then return false end
  end
  return redis.pcall('HEXISTS', prefix .. 'set-aside', jobId) ~= 1
end
-- Quotas of a queue (Q5): who holds their slots, who waits for them in which lane, and who may try next.
--
-- \`base\` is that of a lane's keys, \`root\` what stands before all keys. A job holds all of its quotas or none. One that finds a
-- quota full is *parked*: in no list of BullMQ's, but among the lane's parked jobs and the waiters of that one quota. A slot that is
-- freed wakes, in each lane, as many waiters as there are free slots: they go to the head of the lane's wait list, and whoever is
-- claimed first gets the slot. A lane that nobody serves so takes no slot from the others. Until a woken job has tried, it stands
-- before all that come after it in its lane.
-- The key of a job is the prefix of its lane and its id.

local function splitJobKey(key)
  return string.match(key, '^(.*:)([^:]*)$')
end
-- Puts a job into the wait list of its queue and wakes a worker, as BullMQ does. \`prefix\` is that of the queue.

local function maxEvents(prefix)
  return redis.call('HGET', prefix .. 'meta', 'opts.maxLenEvents') or 10000
end

-- Adds an event of a job to its queue's stream, as BullMQ does; what else it says follows, as name, value, name, value …
local function tell(prefix, event, jobId, ...)
  redis.call('XADD', prefix .. 'events', 'MAXLEN', '~', maxEvents(prefix), '*', 'event', event, 'jobId', jobId, ...)
end

local function isPausedOrFull(prefix)
  local paused, concurrency = unpack(redis.call('HMGET', prefix .. 'meta', 'paused', 'concurrency'))
  if paused then return true end
  return concurrency and redis.call('LLEN', prefix .. 'active') >= tonumber(concurrency)
end

-- side: 'RPUSH' for the head of the queue, 'LPUSH' for its tail.
local function pushToWait(prefix, jobId, side, previous)
  redis.call(side, prefix .. 'wait', jobId)
  if not isPausedOrFull(prefix) then redis.call('ZADD', prefix .. 'marker', 0, '0') end
  if previous then tell(prefix, 'waiting', jobId, 'prev', previous) else tell(prefix, 'waiting', jobId) end
end

-- Lets a job wait for those below it.
local function pushToWaitingChildren(prefix, jobId, timestamp, ...)
  redis.call('ZADD', prefix .. 'waiting-children', timestamp, jobId)
  tell(prefix, 'waiting-children', jobId, ...)
end

local function pushToDelayed(prefix, jobId, dueAt)
  local delayedKey = prefix .. 'delayed'
  -- As BullMQ: the low 12 bits of a delayed job's score keep the order of those that are due at the same time (Q1).
  local lowest, highest = dueAt * 0x1000, dueAt * 0x1000 + 0xfff
  local last = redis.call('ZREVRANGEBYSCORE', delayedKey, string.format('%.0f', highest), string.format('%.0f', lowest),
    'WITHSCORES', 'LIMIT', 0, 1)
  local score = last[2] and math.min(tonumber(last[2]) + 1, highest) or lowest
  redis.call('ZADD', delayedKey, string.format('%.0f', score), jobId)
  tell(prefix, 'delayed', jobId, 'delay', string.format('%.0f', dueAt))
  local first = redis.call('ZRANGE', delayedKey, 0, 0, 'WITHSCORES')
  redis.call('ZADD', prefix .. 'marker', string.format('%.0f', math.floor(tonumber(first[2]) / 0x1000)), '1')
end

local function splitBase(base)
  local root, queue = string.match(base, '^(.*:)([^:/]+)[^:]*:$')
  return root, root .. queue
end

-- The bases of all lanes of a queue that jobs with quotas can be in.
local function laneBases(queueBase)
  local bases = { queueBase .. ':' }
  for _, lane in ipairs(redis.call('SMEMBERS', queueBase .. ':lanes')) do bases[#bases + 1] = queueBase .. '/' .. lane .. ':' end
  return bases
end

-- The names of the quotas of a job; most jobs have none.
local function quotasOf(jobKey)
  local options = redis.pcall('HGET', jobKey, 'opts')
  if type(options) ~= 'string' or not string.find(options, '"quotas"', 1, true) then return {} end
  -- A job whose options are damaged holds none: it was never started.
  local isJson, decoded = pcall(cjson.decode, options)
  local quotas = isJson and type(decoded) == 'table' and decoded.quotas
  local names = {}
  for _, name in ipairs(type(quotas) == 'table' and quotas or {}) do
    if type(name) == 'string' then names[#names + 1] = name end
  end
  return names
end

-- The key that holds something of a quota: 'holders' of the queue, 'waiters' and 'woken' of each lane.
local function holdersKey(queueBase, name) return queueBase .. ':quota:' .. name .. ':holders' end
local function laneKey(base, name, what)
  local root, queueBase = splitBase(base)
  return queueBase .. ':quota:' .. name .. ':' .. what .. ':' .. string.sub(base, #root + 1, -2)
end

-- How many slots are free for a job that arrived then, in its lane; nil for a quota that is not there.
local function freeSlots(base, name, arrival)
  local _, queueBase = splitBase(base)
  local size = redis.call('HGET', queueBase .. ':quotas', name)
  if not size then return nil end
  local before = redis.call('ZCOUNT', laneKey(base, name, 'woken'), '-inf', arrival and '(' .. arrival or '+inf')
  -- A size that is no number lets none start.
  return (tonumber(size) or 0) - redis.call('HLEN', holdersKey(queueBase, name)) - before
end

-- The first quota that has no slot for a job. One that is not there is not full: whoever claims the job says so.
local function firstFull(base, names, arrival)
  for _, name in ipairs(names) do
    local free = freeSlots(base, name, arrival)
    if free and free <= 0 then return name end
  end
end

local function park(base, name, id, arrival)
  redis.call('ZADD', laneKey(base, name, 'waiters'), arrival, id)
  redis.call('ZADD', base .. 'parked', arrival, id)
end

local function wakeInLane(base, name)
  local waitersKey = laneKey(base, name, 'waiters')
  local woken = {}
  while (freeSlots(base, name) or math.huge) > 0 do
    local first = redis.call('ZRANGE', waitersKey, 0, 0, 'WITHSCORES')
    if #first == 0 then break end
    local id, arrival = first[1], first[2]
    local names = quotasOf(base .. id)
    local full = firstFull(base, names, arrival)
    if full == name then break end
    redis.call('ZREM', waitersKey, id)
    redis.call('ZREM', base .. 'parked', id)
    if full then
      -- It waits for another one now: whoever comes after it here must not wait with it.
      park(base, full, id, arrival)
    elseif redis.call('EXISTS', base .. id) == 1 then
      for _, own in ipairs(names) do redis.call('ZADD', laneKey(base, own, 'woken'), arrival, id) end
      woken[#woken + 1] = id
    end
  end
  for i = #woken, 1, -1 do pushToWait(base, woken[i], 'RPUSH') end
end

-- Wakes whom the free slots of a quota are for, in every lane.
local function wakeWaiters(queueBase, name)
  for _, base in ipairs(laneBases(queueBase)) do wakeInLane(base, name) end
end

-- How many jobs wait for a slot, in any lane, also those that were woken and have not tried yet.
local function countWaiters(queueBase, name)
  local count = 0
  for _, base in ipairs(laneBases(queueBase)) do
    count = count + redis.call('ZCARD', laneKey(base, name, 'waiters')) + redis.call('ZCARD', laneKey(base, name, 'woken'))
  end
  return count
end

-- Frees what a job holds, and what it waits for. token: only slots taken under it; nil for all.
local function freeQuotas(base, id, token)
  local names = quotasOf(base .. id)
  if #names == 0 then return end
  local root, queueBase = splitBase(base)
  local member = string.sub(base, #root + 1) .. id
  for _, name in ipairs(names) do
    local key = holdersKey(queueBase, name)
    if not token or redis.call('HGET', key, member) == token then redis.call('HDEL', key, member) end
    redis.call('ZREM', laneKey(base, name, 'woken'), id)
    if not token then redis.call('ZREM', laneKey(base, name, 'waiters'), id) end
  end
  if not token then redis.call('ZREM', base .. 'parked', id) end
  for _, name in ipairs(names) do wakeWaiters(queueBase, name) end
end

-- Drops those from the holders of a quota who hold it wrongly: jobs that are gone, have their result, or wait for their time.
local function dropDeadHolders(root, queueBase, name)
  local key = holdersKey(queueBase, name)
  local dropped = false
  for _, member in ipairs(redis.call('HKEYS', key)) do
    local jobKey = root .. member
    local base, id = splitJobKey(jobKey)
    -- What is stored under its key may be no job (B1).
    local task, finishedOn, result = unpack(redis.pcall('HMGET', jobKey, 'name', 'finishedOn', 'result'))
    local isLater = redis.call('EXISTS', jobKey .. ':lock') == 0 and redis.call('ZSCORE', base .. 'delayed', id)
    if not task or finishedOn or result or isLater then
      redis.call('HDEL', key, member)
      dropped = true
    end
  end
  return dropped
end
-- The ids of jobs as Redis has them: one that is not UTF-8 comes from a client with U+FFFD in the place of what it could not read (B1).

local function readableIn(id)
  return (string.gsub(id, '[\\128-\\255]', ''))
end

-- Returns the id of the job in the active list that a client has read as jobId, and that is held under the token. \`prefix\`: of its lane.
local function rawId(prefix, jobId, token)
  if not string.find(jobId, '\\239\\191\\189', 1, true) then return jobId end
  for _, id in ipairs(redis.call('LRANGE', prefix .. 'active', 0, -1)) do
    if readableIn(id) == readableIn(jobId) and (holderOf(prefix .. id .. ':lock') or '') == token then return id end
  end
  return jobId
end
local token, name, prefix, reason, timestamp = unpack(ARGV)
local jobId = rawId(prefix, name, token)
local jobKey = prefix .. jobId
local lockKey = jobKey .. ':lock'

local holder = holderOf(lockKey)
if holder and holder ~= token then return -6 end
-- A finish of BullMQ's that fails half-way, on a damaged record, has taken the lock away, and may have taken it from the active list.
local isActive = type(redis.pcall('LPOS', prefix .. 'active', jobId)) == 'number'
if not isActive and not holder and not isNowhere(prefix, jobId) then return -6 end
-- First of all: what fails after it loses no job.
redis.call('HSET', prefix .. 'set-aside', name, cjson.encode({ reason = reason, at = tonumber(timestamp) }))
if isActive then redis.call('LREM', prefix .. 'active', -1, jobId) end
redis.call('DEL', lockKey)
redis.call('SREM', prefix .. 'stalled', jobId)
-- What is no record of a job cannot hold a quota.
if redis.call('TYPE', jobKey).ok == 'hash' then pcall(freeQuotas, prefix, jobId) end
tell(prefix, 'set-aside', name)
return 1
`,
  },
  setQuota: {
    name: 'setQuota',
    numberOfKeys: 1,
    lua: `--[[
  Makes, changes or removes a quota (Q5); jobs that may start now are woken.

  KEYS: quotas (name to size)
  ARGV: queueBase (of the queue's keys, without the last colon), name, step ('create', 'resize' or 'remove'), size
  Reply: 1; 0 to 'create' where it is there with another size, else where it is not there; -1 to 'remove' while jobs hold it or wait for it
  Events: 'waiting' for each job that is woken
]]
-- Quotas of a queue (Q5): who holds their slots, who waits for them in which lane, and who may try next.
--
-- \`base\` is that of a lane's keys, \`root\` what stands before all keys. A job holds all of its quotas or none. One that finds a
-- quota full is *parked*: in no list of BullMQ's, but among the lane's parked jobs and the waiters of that one quota. A slot that is
-- freed wakes, in each lane, as many waiters as there are free slots: they go to the head of the lane's wait list, and whoever is
-- claimed first gets the slot. A lane that nobody serves so takes no slot from the others. Until a woken job has tried, it stands
-- before all that come after it in its lane.
-- The key of a job is the prefix of its lane and its id.

local function splitJobKey(key)
  return string.match(key, '^(.*:)([^:]*)$')
end
-- Puts a job into the wait list of its queue and wakes a worker, as BullMQ does. \`prefix\` is that of the queue.

local function maxEvents(prefix)
  return redis.call('HGET', prefix .. 'meta', 'opts.maxLenEvents') or 10000
end

-- Adds an event of a job to its queue's stream, as BullMQ does; what else it says follows, as name, value, name, value …
local function tell(prefix, event, jobId, ...)
  redis.call('XADD', prefix .. 'events', 'MAXLEN', '~', maxEvents(prefix), '*', 'event', event, 'jobId', jobId, ...)
end

local function isPausedOrFull(prefix)
  local paused, concurrency = unpack(redis.call('HMGET', prefix .. 'meta', 'paused', 'concurrency'))
  if paused then return true end
  return concurrency and redis.call('LLEN', prefix .. 'active') >= tonumber(concurrency)
end

-- side: 'RPUSH' for the head of the queue, 'LPUSH' for its tail.
local function pushToWait(prefix, jobId, side, previous)
  redis.call(side, prefix .. 'wait', jobId)
  if not isPausedOrFull(prefix) then redis.call('ZADD', prefix .. 'marker', 0, '0') end
  if previous then tell(prefix, 'waiting', jobId, 'prev', previous) else tell(prefix, 'waiting', jobId) end
end

-- Lets a job wait for those below it.
local function pushToWaitingChildren(prefix, jobId, timestamp, ...)
  redis.call('ZADD', prefix .. 'waiting-children', timestamp, jobId)
  tell(prefix, 'waiting-children', jobId, ...)
end

local function pushToDelayed(prefix, jobId, dueAt)
  local delayedKey = prefix .. 'delayed'
  -- As BullMQ: the low 12 bits of a delayed job's score keep the order of those that are due at the same time (Q1).
  local lowest, highest = dueAt * 0x1000, dueAt * 0x1000 + 0xfff
  local last = redis.call('ZREVRANGEBYSCORE', delayedKey, string.format('%.0f', highest), string.format('%.0f', lowest),
    'WITHSCORES', 'LIMIT', 0, 1)
  local score = last[2] and math.min(tonumber(last[2]) + 1, highest) or lowest
  redis.call('ZADD', delayedKey, string.format('%.0f', score), jobId)
  tell(prefix, 'delayed', jobId, 'delay', string.format('%.0f', dueAt))
  local first = redis.call('ZRANGE', delayedKey, 0, 0, 'WITHSCORES')
  redis.call('ZADD', prefix .. 'marker', string.format('%.0f', math.floor(tonumber(first[2]) / 0x1000)), '1')
end

local function splitBase(base)
  local root, queue = string.match(base, '^(.*:)([^:/]+)[^:]*:$')
  return root, root .. queue
end

-- The bases of all lanes of a queue that jobs with quotas can be in.
local function laneBases(queueBase)
  local bases = { queueBase .. ':' }
  for _, lane in ipairs(redis.call('SMEMBERS', queueBase .. ':lanes')) do bases[#bases + 1] = queueBase .. '/' .. lane .. ':' end
  return bases
end

-- The names of the quotas of a job; most jobs have none.
local function quotasOf(jobKey)
  local options = redis.pcall('HGET', jobKey, 'opts')
  if type(options) ~= 'string' or not string.find(options, '"quotas"', 1, true) then return {} end
  -- A job whose options are damaged holds none: it was never started.
  local isJson, decoded = pcall(cjson.decode, options)
  local quotas = isJson and type(decoded) == 'table' and decoded.quotas
  local names = {}
  for _, name in ipairs(type(quotas) == 'table' and quotas or {}) do
    if type(name) == 'string' then names[#names + 1] = name end
  end
  return names
end

-- The key that holds something of a quota: 'holders' of the queue, 'waiters' and 'woken' of each lane.
local function holdersKey(queueBase, name) return queueBase .. ':quota:' .. name .. ':holders' end
local function laneKey(base, name, what)
  local root, queueBase = splitBase(base)
  return queueBase .. ':quota:' .. name .. ':' .. what .. ':' .. string.sub(base, #root + 1, -2)
end

-- How many slots are free for a job that arrived then, in its lane; nil for a quota that is not there.
local function freeSlots(base, name, arrival)
  local _, queueBase = splitBase(base)
  local size = redis.call('HGET', queueBase .. ':quotas', name)
  if not size then return nil end
  local before = redis.call('ZCOUNT', laneKey(base, name, 'woken'), '-inf', arrival and '(' .. arrival or '+inf')
  -- A size that is no number lets none start.
  return (tonumber(size) or 0) - redis.call('HLEN', holdersKey(queueBase, name)) - before
end

-- The first quota that has no slot for a job. One that is not there is not full: whoever claims the job says so.
local function firstFull(base, names, arrival)
  for _, name in ipairs(names) do
    local free = freeSlots(base, name, arrival)
    if free and free <= 0 then return name end
  end
end

local function park(base, name, id, arrival)
  redis.call('ZADD', laneKey(base, name, 'waiters'), arrival, id)
  redis.call('ZADD', base .. 'parked', arrival, id)
end

local function wakeInLane(base, name)
  local waitersKey = laneKey(base, name, 'waiters')
  local woken = {}
  while (freeSlots(base, name) or math.huge) > 0 do
    local first = redis.call('ZRANGE', waitersKey, 0, 0, 'WITHSCORES')
    if #first == 0 then break end
    local id, arrival = first[1], first[2]
    local names = quotasOf(base .. id)
    local full = firstFull(base, names, arrival)
    if full == name then break end
    redis.call('ZREM', waitersKey, id)
    redis.call('ZREM', base .. 'parked', id)
    if full then
      -- It waits for another one now: whoever comes after it here must not wait with it.
      park(base, full, id, arrival)
    elseif redis.call('EXISTS', base .. id) == 1 then
      for _, own in ipairs(names) do redis.call('ZADD', laneKey(base, own, 'woken'), arrival, id) end
      woken[#woken + 1] = id
    end
  end
  for i = #woken, 1, -1 do pushToWait(base, woken[i], 'RPUSH') end
end

-- Wakes whom the free slots of a quota are for, in every lane.
local function wakeWaiters(queueBase, name)
  for _, base in ipairs(laneBases(queueBase)) do wakeInLane(base, name) end
end

-- How many jobs wait for a slot, in any lane, also those that were woken and have not tried yet.
local function countWaiters(queueBase, name)
  local count = 0
  for _, base in ipairs(laneBases(queueBase)) do
    count = count + redis.call('ZCARD', laneKey(base, name, 'waiters')) + redis.call('ZCARD', laneKey(base, name, 'woken'))
  end
  return count
end

-- Frees what a job holds, and what it waits for. token: only slots taken under it; nil for all.
local function freeQuotas(base, id, token)
  local names = quotasOf(base .. id)
  if #names == 0 then return end
  local root, queueBase = splitBase(base)
  local member = string.sub(base, #root + 1) .. id
  for _, name in ipairs(names) do
    local key = holdersKey(queueBase, name)
    if not token or redis.call('HGET', key, member) == token then redis.call('HDEL', key, member) end
    redis.call('ZREM', laneKey(base, name, 'woken'), id)
    if not token then redis.call('ZREM', laneKey(base, name, 'waiters'), id) end
  end
  if not token then redis.call('ZREM', base .. 'parked', id) end
  for _, name in ipairs(names) do wakeWaiters(queueBase, name) end
end

-- Drops those from the holders of a quota who hold it wrongly: jobs that are gone, have their result, or wait for their time.
local function dropDeadHolders(root, queueBase, name)
  local key = holdersKey(queueBase, name)
  local dropped = false
  for _, member in ipairs(redis.call('HKEYS', key)) do
    local jobKey = root .. member
    local base, id = splitJobKey(jobKey)
    -- What is stored under its key may be no job (B1).
    local task, finishedOn, result = unpack(redis.pcall('HMGET', jobKey, 'name', 'finishedOn', 'result'))
    local isLater = redis.call('EXISTS', jobKey .. ':lock') == 0 and redis.call('ZSCORE', base .. 'delayed', id)
    if not task or finishedOn or result or isLater then
      redis.call('HDEL', key, member)
      dropped = true
    end
  end
  return dropped
end
local quotasKey = KEYS[1]
local queueBase, name, step, size = unpack(ARGV)

local before = redis.call('HGET', quotasKey, name)
if step == 'create' then
  if before and before ~= size then return 0 end
elseif not before then
  return 0
end
if step == 'remove' then
  if redis.call('HLEN', holdersKey(queueBase, name)) + countWaiters(queueBase, name) > 0 then return -1 end
  redis.call('HDEL', quotasKey, name)
else
  redis.call('HSET', quotasKey, name, size)
  wakeWaiters(queueBase, name)
end
return 1
`,
  },
  settleWaiters: {
    name: 'settleWaiters',
    numberOfKeys: 1,
    lua: `--[[
  Lets the jobs go on that wait for a job which stands below another one (J5). Stands in a MULTI after the finish of that job: where
  it has not finished, nothing is changed. It can be repeated.

  KEYS: job
  ARGV: timestamp
  Reply: how many waited
  Events: 'waiting', for each job that has nothing left to wait for
]]
-- The way up from a job to the one that waits for it and for others: the joining job.
-- The key of a job is the prefix of its lane and its id.

local function splitJobKey(key)
  return string.match(key, '^(.*:)([^:]*)$')
end

-- The joining job of those that are all below \`outerKey\`; nil where it is gone.
local function joinedBelow(outerKey)
  local joined, manifest, outerParentKey = unpack(redis.call('HMGET', outerKey, 'joined', 'manifest', 'parentKey'))
  -- What is called with the results waits for them as long as it has scheduled nothing itself.
  local joiningKey = joined and not manifest and outerParentKey or outerKey
  return redis.call('HEXISTS', joiningKey, 'name') == 1 and joiningKey or nil
end

-- Returns the keys of the joining job, of the job that all others are below (the one that is called with them, or the joining
-- job), and of the job's parent; nil where nobody waits for it. In a row the parent is the next part: the outer one stands in \`of\`.
local function joiningJob(jobKey)
  local parentKey, parent = unpack(redis.call('HMGET', jobKey, 'parentKey', 'parent'))
  if not parentKey then return nil end
  local outerKey = parent and cjson.decode(parent)['of'] or parentKey
  local joiningKey = joinedBelow(outerKey)
  if not joiningKey then return nil end
  return joiningKey, outerKey, parentKey
end
-- The keys in a list that is kept as JSON. Of a damaged one nothing is known (B1).
local function keysIn(json)
  local isJson, keys = pcall(cjson.decode, json or '[]')
  return isJson and type(keys) == 'table' and keys or {}
end
-- Settles the join of a job that waits for others without BullMQ's finish doing so: for one that was removed, and nothing hangs (C2);
-- and for one that waits for a job which stands below another one (J5).
-- Puts a job into the wait list of its queue and wakes a worker, as BullMQ does. \`prefix\` is that of the queue.

local function maxEvents(prefix)
  return redis.call('HGET', prefix .. 'meta', 'opts.maxLenEvents') or 10000
end

-- Adds an event of a job to its queue's stream, as BullMQ does; what else it says follows, as name, value, name, value …
local function tell(prefix, event, jobId, ...)
  redis.call('XADD', prefix .. 'events', 'MAXLEN', '~', maxEvents(prefix), '*', 'event', event, 'jobId', jobId, ...)
end

local function isPausedOrFull(prefix)
  local paused, concurrency = unpack(redis.call('HMGET', prefix .. 'meta', 'paused', 'concurrency'))
  if paused then return true end
  return concurrency and redis.call('LLEN', prefix .. 'active') >= tonumber(concurrency)
end

-- side: 'RPUSH' for the head of the queue, 'LPUSH' for its tail.
local function pushToWait(prefix, jobId, side, previous)
  redis.call(side, prefix .. 'wait', jobId)
  if not isPausedOrFull(prefix) then redis.call('ZADD', prefix .. 'marker', 0, '0') end
  if previous then tell(prefix, 'waiting', jobId, 'prev', previous) else tell(prefix, 'waiting', jobId) end
end

-- Lets a job wait for those below it.
local function pushToWaitingChildren(prefix, jobId, timestamp, ...)
  redis.call('ZADD', prefix .. 'waiting-children', timestamp, jobId)
  tell(prefix, 'waiting-children', jobId, ...)
end

local function pushToDelayed(prefix, jobId, dueAt)
  local delayedKey = prefix .. 'delayed'
  -- As BullMQ: the low 12 bits of a delayed job's score keep the order of those that are due at the same time (Q1).
  local lowest, highest = dueAt * 0x1000, dueAt * 0x1000 + 0xfff
  local last = redis.call('ZREVRANGEBYSCORE', delayedKey, string.format('%.0f', highest), string.format('%.0f', lowest),
    'WITHSCORES', 'LIMIT', 0, 1)
  local score = last[2] and math.min(tonumber(last[2]) + 1, highest) or lowest
  redis.call('ZADD', delayedKey, string.format('%.0f', score), jobId)
  tell(prefix, 'delayed', jobId, 'delay', string.format('%.0f', dueAt))
  local first = redis.call('ZRANGE', delayedKey, 0, 0, 'WITHSCORES')
  redis.call('ZADD', prefix .. 'marker', string.format('%.0f', math.floor(tonumber(first[2]) / 0x1000)), '1')
end

-- ending: the list of the waiting job in which the one that it waited for is kept, 'processed' or 'failed'; value: what of it.
local function settleAbove(parentKey, jobKey, ending, value, now)
  if redis.call('SREM', parentKey .. ':dependencies', jobKey) == 0 then return end
  redis.call('HSET', parentKey .. ':' .. ending, jobKey, value)
  if redis.call('SCARD', parentKey .. ':dependencies') > 0 then return end
  -- While it is about to wait it sees for itself that nothing is left below it.
  local prefix, id = splitJobKey(parentKey)
  if redis.call('ZREM', prefix .. 'waiting-children', id) == 0 then return end
  redis.call('HSET', parentKey, 'turnAt', now)
  pushToWait(prefix, id, 'RPUSH', 'waiting-children')
end

-- All that wait for a removed job.
local function settleRemoved(parentKey, waiters, jobKey, now)
  if parentKey then settleAbove(parentKey, jobKey, 'failed', 'removed', now) end
  for _, waiterKey in ipairs(cjson.decode(waiters or '[]')) do
    settleAbove(waiterKey, jobKey, 'failed', 'removed', now)
  end
end
-- Stops a job that waits for others with the failure of one of them: it is woken, and ends with that (C2).

-- outerKey: of the job that all others are below; failure: JSON. Returns whether it is stopped by this.
local function stopJoining(joiningKey, outerKey, failure)
  -- Not a job: what is called with the results is not released, until it is taken back.
  if outerKey ~= joiningKey then redis.call('SADD', outerKey .. ':dependencies', outerKey .. ':stopped') end
  local finished, aborted = unpack(redis.call('HMGET', joiningKey, 'finishedOn', 'aborted'))
  if finished or aborted or redis.call('HSETNX', joiningKey, 'stopped', failure) == 0 then return false end
  local prefix, joiningId = splitJobKey(joiningKey)
  if redis.call('ZREM', prefix .. 'waiting-children', joiningId) == 1 then
    pushToWait(prefix, joiningId, 'RPUSH', 'waiting-children')
  elseif redis.call('EXISTS', joiningKey .. ':lock') == 1 then
    -- Whoever schedules its parts is about to suspend it: with nothing left to wait for, it is offered again at once.
    redis.call('DEL', joiningKey .. ':dependencies')
  end
  return true
end
-- Jobs that wait for a job which stands below another one already, or which is a callback (J5): BullMQ knows one parent only.

-- Lets one more job wait for it; the holder of the job is made to look, as for callbacks.
local function addWaiter(key, waiterKey)
  local waiters = cjson.decode(redis.call('HGET', key, 'waiters') or '[]')
  for _, known in ipairs(waiters) do if known == waiterKey then return end end
  waiters[#waiters + 1] = waiterKey
  redis.call('HSET', key, 'waiters', cjson.encode(waiters))
  if redis.call('EXISTS', key .. ':lock') == 1 then redis.call('ZADD', key .. ':unsuccessful', 0, 'waiters') end
end

-- It has ended, and is kept until the jobs that wait for it have ended too.
local function addNeeded(key, waiterKeys)
  local keys = keysIn(redis.call('HGET', key, 'neededBy'))
  for _, waiterKey in ipairs(waiterKeys) do keys[#keys + 1] = waiterKey end
  redis.call('HSET', key, 'neededBy', cjson.encode(keys))
end

-- Whether it was one of those that wait.
local function removeWaiter(key, waiterKey)
  local json = redis.call('HGET', key, 'waiters')
  if not json then return false end
  local waiters, kept = cjson.decode(json), {}
  for _, known in ipairs(waiters) do if known ~= waiterKey then kept[#kept + 1] = known end end
  if #kept == #waiters then return false end
  if #kept == 0 then redis.call('HDEL', key, 'waiters') else redis.call('HSET', key, 'waiters', cjson.encode(kept)) end
  return true
end

-- The set of all that wait for a job, in however many steps, with itself: what it is below, what waits for it besides, and callbacks.
local function allAbove(key)
  local seen, found, i = { [key] = true }, { key }, 0
  while i < #found do
    i = i + 1
    local parentKey, waiters, callbacks = unpack(redis.call('HMGET', found[i], 'parentKey', 'waiters', 'callbacks'))
    local above = cjson.decode(waiters or '[]')
    for _, callbackKey in ipairs(cjson.decode(callbacks or '[]')) do above[#above + 1] = callbackKey end
    if parentKey then above[#above + 1] = parentKey end
    for _, other in ipairs(above) do
      if not seen[other] then
        seen[other] = true
        found[#found + 1] = other
      end
    end
  end
  return seen
end
local jobKey = KEYS[1]
local finishedOn, waiters, value, reason, failure =
  unpack(redis.call('HMGET', jobKey, 'finishedOn', 'waiters', 'returnvalue', 'failedReason', 'failure'))
if not finishedOn or not waiters then return 0 end

-- Where the job that waits says so, the failure stops it (C2): what has not started below it is not to start.
local function stopAbove(waiterKey)
  local joiningKey = joinedBelow(waiterKey)
  local manifest = joiningKey and redis.call('HGET', joiningKey, 'manifest')
  if manifest and string.find(manifest, '"onFailure":"stop"', 1, true) then stopJoining(joiningKey, waiterKey, failure) end
end

local keys = keysIn(waiters)
for _, waiterKey in ipairs(keys) do
  if failure then stopAbove(waiterKey) end
  settleAbove(waiterKey, jobKey, reason and 'failed' or 'processed', reason or value or 'null', ARGV[1])
end
redis.call('HDEL', jobKey, 'waiters')
-- They read its result when their turn comes.
addNeeded(jobKey, keys)
return #keys
`,
  },
  stopJoin: {
    name: 'stopJoin',
    numberOfKeys: 3,
    lua: `--[[
  Stops the job that waits for a failing one: it is woken, and ends with that failure (C2). Nothing is released by the end of
  the failing job any more. Stands in a MULTI before the finish that stores the failure.

  KEYS: job (that fails), lock, active
  ARGV: token, failure (JSON)
  Reply: 1; 0 where nobody waits for it any more, or the finish is going to be refused
]]
-- The way up from a job to the one that waits for it and for others: the joining job.
-- The key of a job is the prefix of its lane and its id.

local function splitJobKey(key)
  return string.match(key, '^(.*:)([^:]*)$')
end

-- The joining job of those that are all below \`outerKey\`; nil where it is gone.
local function joinedBelow(outerKey)
  local joined, manifest, outerParentKey = unpack(redis.call('HMGET', outerKey, 'joined', 'manifest', 'parentKey'))
  -- What is called with the results waits for them as long as it has scheduled nothing itself.
  local joiningKey = joined and not manifest and outerParentKey or outerKey
  return redis.call('HEXISTS', joiningKey, 'name') == 1 and joiningKey or nil
end

-- Returns the keys of the joining job, of the job that all others are below (the one that is called with them, or the joining
-- job), and of the job's parent; nil where nobody waits for it. In a row the parent is the next part: the outer one stands in \`of\`.
local function joiningJob(jobKey)
  local parentKey, parent = unpack(redis.call('HMGET', jobKey, 'parentKey', 'parent'))
  if not parentKey then return nil end
  local outerKey = parent and cjson.decode(parent)['of'] or parentKey
  local joiningKey = joinedBelow(outerKey)
  if not joiningKey then return nil end
  return joiningKey, outerKey, parentKey
end
-- A part that stands below its composite no more, since that was stopped or aborted, is kept with it and removed with it all the same (J9).

local function keepWith(jobKey, partKey)
  redis.call('HSET', partKey, 'partOf', jobKey)
  -- As BullMQ keeps what has ended below a job: retention goes down by these.
  local value, reason = unpack(redis.call('HMGET', partKey, 'returnvalue', 'failedReason'))
  if reason then redis.call('HSET', jobKey .. ':failed', partKey, reason)
  else redis.call('HSET', jobKey .. ':processed', partKey, value or 'null') end
end
-- Stops a job that waits for others with the failure of one of them: it is woken, and ends with that (C2).
-- Puts a job into the wait list of its queue and wakes a worker, as BullMQ does. \`prefix\` is that of the queue.

local function maxEvents(prefix)
  return redis.call('HGET', prefix .. 'meta', 'opts.maxLenEvents') or 10000
end

-- Adds an event of a job to its queue's stream, as BullMQ does; what else it says follows, as name, value, name, value …
local function tell(prefix, event, jobId, ...)
  redis.call('XADD', prefix .. 'events', 'MAXLEN', '~', maxEvents(prefix), '*', 'event', event, 'jobId', jobId, ...)
end

local function isPausedOrFull(prefix)
  local paused, concurrency = unpack(redis.call('HMGET', prefix .. 'meta', 'paused', 'concurrency'))
  if paused then return true end
  return concurrency and redis.call('LLEN', prefix .. 'active') >= tonumber(concurrency)
end

-- side: 'RPUSH' for the head of the queue, 'LPUSH' for its tail.
local function pushToWait(prefix, jobId, side, previous)
  redis.call(side, prefix .. 'wait', jobId)
  if not isPausedOrFull(prefix) then redis.call('ZADD', prefix .. 'marker', 0, '0') end
  if previous then tell(prefix, 'waiting', jobId, 'prev', previous) else tell(prefix, 'waiting', jobId) end
end

-- Lets a job wait for those below it.
local function pushToWaitingChildren(prefix, jobId, timestamp, ...)
  redis.call('ZADD', prefix .. 'waiting-children', timestamp, jobId)
  tell(prefix, 'waiting-children', jobId, ...)
end

local function pushToDelayed(prefix, jobId, dueAt)
  local delayedKey = prefix .. 'delayed'
  -- As BullMQ: the low 12 bits of a delayed job's score keep the order of those that are due at the same time (Q1).
  local lowest, highest = dueAt * 0x1000, dueAt * 0x1000 + 0xfff
  local last = redis.call('ZREVRANGEBYSCORE', delayedKey, string.format('%.0f', highest), string.format('%.0f', lowest),
    'WITHSCORES', 'LIMIT', 0, 1)
  local score = last[2] and math.min(tonumber(last[2]) + 1, highest) or lowest
  redis.call('ZADD', delayedKey, string.format('%.0f', score), jobId)
  tell(prefix, 'delayed', jobId, 'delay', string.format('%.0f', dueAt))
  local first = redis.call('ZRANGE', delayedKey, 0, 0, 'WITHSCORES')
  redis.call('ZADD', prefix .. 'marker', string.format('%.0f', math.floor(tonumber(first[2]) / 0x1000)), '1')
end

-- outerKey: of the job that all others are below; failure: JSON. Returns whether it is stopped by this.
local function stopJoining(joiningKey, outerKey, failure)
  -- Not a job: what is called with the results is not released, until it is taken back.
  if outerKey ~= joiningKey then redis.call('SADD', outerKey .. ':dependencies', outerKey .. ':stopped') end
  local finished, aborted = unpack(redis.call('HMGET', joiningKey, 'finishedOn', 'aborted'))
  if finished or aborted or redis.call('HSETNX', joiningKey, 'stopped', failure) == 0 then return false end
  local prefix, joiningId = splitJobKey(joiningKey)
  if redis.call('ZREM', prefix .. 'waiting-children', joiningId) == 1 then
    pushToWait(prefix, joiningId, 'RPUSH', 'waiting-children')
  elseif redis.call('EXISTS', joiningKey .. ':lock') == 1 then
    -- Whoever schedules its parts is about to suspend it: with nothing left to wait for, it is offered again at once.
    redis.call('DEL', joiningKey .. ':dependencies')
  end
  return true
end
local jobKey, lockKey, activeKey = KEYS[1], KEYS[2], KEYS[3]
local token, failure = ARGV[1], ARGV[2]

-- As the finish will check; also where callbacks are to run first, which have taken the lock away.
if redis.call('GET', lockKey) ~= token then return 0 end
local _, jobId = splitJobKey(jobKey)
if not redis.call('LPOS', activeKey, jobId, 'RANK', -1) then return 0 end
local joiningKey, outerKey, parentKey = joiningJob(jobKey)
if not joiningKey then return 0 end

redis.call('SREM', parentKey .. ':dependencies', jobKey)
redis.call('HDEL', jobKey, 'parentKey', 'parent')
if redis.call('HDEL', jobKey, 'linked') == 0 then keepWith(joiningKey, jobKey) end
return stopJoining(joiningKey, outerKey, failure) and 1 or 0
`,
  },
  sweepQuotas: {
    name: 'sweepQuotas',
    numberOfKeys: 1,
    lua: `--[[
  Frees slots that nobody holds any more, which only a loss between two steps or a foreign hand can leave (Q5); wakes who waits.

  KEYS: quotas (name to size)
  ARGV: queueBase (of the queue's keys, without the last colon)
  Reply: the number of the quotas
  Events: 'waiting' for each job that is woken
]]
-- Quotas of a queue (Q5): who holds their slots, who waits for them in which lane, and who may try next.
--
-- \`base\` is that of a lane's keys, \`root\` what stands before all keys. A job holds all of its quotas or none. One that finds a
-- quota full is *parked*: in no list of BullMQ's, but among the lane's parked jobs and the waiters of that one quota. A slot that is
-- freed wakes, in each lane, as many waiters as there are free slots: they go to the head of the lane's wait list, and whoever is
-- claimed first gets the slot. A lane that nobody serves so takes no slot from the others. Until a woken job has tried, it stands
-- before all that come after it in its lane.
-- The key of a job is the prefix of its lane and its id.

local function splitJobKey(key)
  return string.match(key, '^(.*:)([^:]*)$')
end
-- Puts a job into the wait list of its queue and wakes a worker, as BullMQ does. \`prefix\` is that of the queue.

local function maxEvents(prefix)
  return redis.call('HGET', prefix .. 'meta', 'opts.maxLenEvents') or 10000
end

-- Adds an event of a job to its queue's stream, as BullMQ does; what else it says follows, as name, value, name, value …
local function tell(prefix, event, jobId, ...)
  redis.call('XADD', prefix .. 'events', 'MAXLEN', '~', maxEvents(prefix), '*', 'event', event, 'jobId', jobId, ...)
end

local function isPausedOrFull(prefix)
  local paused, concurrency = unpack(redis.call('HMGET', prefix .. 'meta', 'paused', 'concurrency'))
  if paused then return true end
  return concurrency and redis.call('LLEN', prefix .. 'active') >= tonumber(concurrency)
end

-- side: 'RPUSH' for the head of the queue, 'LPUSH' for its tail.
local function pushToWait(prefix, jobId, side, previous)
  redis.call(side, prefix .. 'wait', jobId)
  if not isPausedOrFull(prefix) then redis.call('ZADD', prefix .. 'marker', 0, '0') end
  if previous then tell(prefix, 'waiting', jobId, 'prev', previous) else tell(prefix, 'waiting', jobId) end
end

-- Lets a job wait for those below it.
local function pushToWaitingChildren(prefix, jobId, timestamp, ...)
  redis.call('ZADD', prefix .. 'waiting-children', timestamp, jobId)
  tell(prefix, 'waiting-children', jobId, ...)
end

local function pushToDelayed(prefix, jobId, dueAt)
  local delayedKey = prefix .. 'delayed'
  -- As BullMQ: the low 12 bits of a delayed job's score keep the order of those that are due at the same time (Q1).
  local lowest, highest = dueAt * 0x1000, dueAt * 0x1000 + 0xfff
  local last = redis.call('ZREVRANGEBYSCORE', delayedKey, string.format('%.0f', highest), string.format('%.0f', lowest),
    'WITHSCORES', 'LIMIT', 0, 1)
  local score = last[2] and math.min(tonumber(last[2]) + 1, highest) or lowest
  redis.call('ZADD', delayedKey, string.format('%.0f', score), jobId)
  tell(prefix, 'delayed', jobId, 'delay', string.format('%.0f', dueAt))
  local first = redis.call('ZRANGE', delayedKey, 0, 0, 'WITHSCORES')
  redis.call('ZADD', prefix .. 'marker', string.format('%.0f', math.floor(tonumber(first[2]) / 0x1000)), '1')
end

local function splitBase(base)
  local root, queue = string.match(base, '^(.*:)([^:/]+)[^:]*:$')
  return root, root .. queue
end

-- The bases of all lanes of a queue that jobs with quotas can be in.
local function laneBases(queueBase)
  local bases = { queueBase .. ':' }
  for _, lane in ipairs(redis.call('SMEMBERS', queueBase .. ':lanes')) do bases[#bases + 1] = queueBase .. '/' .. lane .. ':' end
  return bases
end

-- The names of the quotas of a job; most jobs have none.
local function quotasOf(jobKey)
  local options = redis.pcall('HGET', jobKey, 'opts')
  if type(options) ~= 'string' or not string.find(options, '"quotas"', 1, true) then return {} end
  -- A job whose options are damaged holds none: it was never started.
  local isJson, decoded = pcall(cjson.decode, options)
  local quotas = isJson and type(decoded) == 'table' and decoded.quotas
  local names = {}
  for _, name in ipairs(type(quotas) == 'table' and quotas or {}) do
    if type(name) == 'string' then names[#names + 1] = name end
  end
  return names
end

-- The key that holds something of a quota: 'holders' of the queue, 'waiters' and 'woken' of each lane.
local function holdersKey(queueBase, name) return queueBase .. ':quota:' .. name .. ':holders' end
local function laneKey(base, name, what)
  local root, queueBase = splitBase(base)
  return queueBase .. ':quota:' .. name .. ':' .. what .. ':' .. string.sub(base, #root + 1, -2)
end

-- How many slots are free for a job that arrived then, in its lane; nil for a quota that is not there.
local function freeSlots(base, name, arrival)
  local _, queueBase = splitBase(base)
  local size = redis.call('HGET', queueBase .. ':quotas', name)
  if not size then return nil end
  local before = redis.call('ZCOUNT', laneKey(base, name, 'woken'), '-inf', arrival and '(' .. arrival or '+inf')
  -- A size that is no number lets none start.
  return (tonumber(size) or 0) - redis.call('HLEN', holdersKey(queueBase, name)) - before
end

-- The first quota that has no slot for a job. One that is not there is not full: whoever claims the job says so.
local function firstFull(base, names, arrival)
  for _, name in ipairs(names) do
    local free = freeSlots(base, name, arrival)
    if free and free <= 0 then return name end
  end
end

local function park(base, name, id, arrival)
  redis.call('ZADD', laneKey(base, name, 'waiters'), arrival, id)
  redis.call('ZADD', base .. 'parked', arrival, id)
end

local function wakeInLane(base, name)
  local waitersKey = laneKey(base, name, 'waiters')
  local woken = {}
  while (freeSlots(base, name) or math.huge) > 0 do
    local first = redis.call('ZRANGE', waitersKey, 0, 0, 'WITHSCORES')
    if #first == 0 then break end
    local id, arrival = first[1], first[2]
    local names = quotasOf(base .. id)
    local full = firstFull(base, names, arrival)
    if full == name then break end
    redis.call('ZREM', waitersKey, id)
    redis.call('ZREM', base .. 'parked', id)
    if full then
      -- It waits for another one now: whoever comes after it here must not wait with it.
      park(base, full, id, arrival)
    elseif redis.call('EXISTS', base .. id) == 1 then
      for _, own in ipairs(names) do redis.call('ZADD', laneKey(base, own, 'woken'), arrival, id) end
      woken[#woken + 1] = id
    end
  end
  for i = #woken, 1, -1 do pushToWait(base, woken[i], 'RPUSH') end
end

-- Wakes whom the free slots of a quota are for, in every lane.
local function wakeWaiters(queueBase, name)
  for _, base in ipairs(laneBases(queueBase)) do wakeInLane(base, name) end
end

-- How many jobs wait for a slot, in any lane, also those that were woken and have not tried yet.
local function countWaiters(queueBase, name)
  local count = 0
  for _, base in ipairs(laneBases(queueBase)) do
    count = count + redis.call('ZCARD', laneKey(base, name, 'waiters')) + redis.call('ZCARD', laneKey(base, name, 'woken'))
  end
  return count
end

-- Frees what a job holds, and what it waits for. token: only slots taken under it; nil for all.
local function freeQuotas(base, id, token)
  local names = quotasOf(base .. id)
  if #names == 0 then return end
  local root, queueBase = splitBase(base)
  local member = string.sub(base, #root + 1) .. id
  for _, name in ipairs(names) do
    local key = holdersKey(queueBase, name)
    if not token or redis.call('HGET', key, member) == token then redis.call('HDEL', key, member) end
    redis.call('ZREM', laneKey(base, name, 'woken'), id)
    if not token then redis.call('ZREM', laneKey(base, name, 'waiters'), id) end
  end
  if not token then redis.call('ZREM', base .. 'parked', id) end
  for _, name in ipairs(names) do wakeWaiters(queueBase, name) end
end

-- Drops those from the holders of a quota who hold it wrongly: jobs that are gone, have their result, or wait for their time.
local function dropDeadHolders(root, queueBase, name)
  local key = holdersKey(queueBase, name)
  local dropped = false
  for _, member in ipairs(redis.call('HKEYS', key)) do
    local jobKey = root .. member
    local base, id = splitJobKey(jobKey)
    -- What is stored under its key may be no job (B1).
    local task, finishedOn, result = unpack(redis.pcall('HMGET', jobKey, 'name', 'finishedOn', 'result'))
    local isLater = redis.call('EXISTS', jobKey .. ':lock') == 0 and redis.call('ZSCORE', base .. 'delayed', id)
    if not task or finishedOn or result or isLater then
      redis.call('HDEL', key, member)
      dropped = true
    end
  end
  return dropped
end
local queueBase = ARGV[1]
local root = splitBase(queueBase .. ':')

local function dropDeadWoken(base, name)
  local key = laneKey(base, name, 'woken')
  for _, id in ipairs(redis.call('ZRANGE', key, 0, -1)) do
    local task, finishedOn = unpack(redis.pcall('HMGET', base .. id, 'name', 'finishedOn'))
    if not task or finishedOn or redis.call('ZSCORE', base .. 'delayed', id) then redis.call('ZREM', key, id) end
  end
end

local names = redis.call('HKEYS', KEYS[1])
if #names == 0 then return 0 end
for _, name in ipairs(names) do
  dropDeadHolders(root, queueBase, name)
  for _, base in ipairs(laneBases(queueBase)) do dropDeadWoken(base, name) end
  wakeWaiters(queueBase, name)
end
return #names
`,
  },
  takeBack: {
    name: 'takeBack',
    numberOfKeys: 3,
    lua: `--[[
  Takes back jobs that a job scheduled below itself: what waits is removed or, where it was claimed before or has callbacks, ends with
  \`failure\`; what is claimed goes on by itself, and what was put by itself before stays in the queue. Nothing is woken by it but, with the
  last call, the job itself.

  KEYS: job, lock, waitingChildren
  ARGV: holder (the lock's token, or the owner while the job waits; '' where nobody is to hold it, and it is to go on), base (of the keys of the job's lane), prefix (of all keys),
        step, failure (JSON), timestamp, then names of jobs
        step: 'first' leaves jobs that wait for jobs of their own, and answers with them; 'again' takes those too; 'stop' lets them go on;
        'last' wakes the job if it waits and nothing is left below it; 'reset' lets it schedule other jobs, and forgets those that
        were appended while it waited
  Reply: the names of those that were left, or -6 where somebody else holds the job
]]
-- Who owns a job while it waits has it in a set of its own: until it ends, or is taken from where it waits or runs (I2, J9).
-- Quotas of a queue (Q5): who holds their slots, who waits for them in which lane, and who may try next.
--
-- \`base\` is that of a lane's keys, \`root\` what stands before all keys. A job holds all of its quotas or none. One that finds a
-- quota full is *parked*: in no list of BullMQ's, but among the lane's parked jobs and the waiters of that one quota. A slot that is
-- freed wakes, in each lane, as many waiters as there are free slots: they go to the head of the lane's wait list, and whoever is
-- claimed first gets the slot. A lane that nobody serves so takes no slot from the others. Until a woken job has tried, it stands
-- before all that come after it in its lane.
-- The key of a job is the prefix of its lane and its id.

local function splitJobKey(key)
  return string.match(key, '^(.*:)([^:]*)$')
end
-- Puts a job into the wait list of its queue and wakes a worker, as BullMQ does. \`prefix\` is that of the queue.

local function maxEvents(prefix)
  return redis.call('HGET', prefix .. 'meta', 'opts.maxLenEvents') or 10000
end

-- Adds an event of a job to its queue's stream, as BullMQ does; what else it says follows, as name, value, name, value …
local function tell(prefix, event, jobId, ...)
  redis.call('XADD', prefix .. 'events', 'MAXLEN', '~', maxEvents(prefix), '*', 'event', event, 'jobId', jobId, ...)
end

local function isPausedOrFull(prefix)
  local paused, concurrency = unpack(redis.call('HMGET', prefix .. 'meta', 'paused', 'concurrency'))
  if paused then return true end
  return concurrency and redis.call('LLEN', prefix .. 'active') >= tonumber(concurrency)
end

-- side: 'RPUSH' for the head of the queue, 'LPUSH' for its tail.
local function pushToWait(prefix, jobId, side, previous)
  redis.call(side, prefix .. 'wait', jobId)
  if not isPausedOrFull(prefix) then redis.call('ZADD', prefix .. 'marker', 0, '0') end
  if previous then tell(prefix, 'waiting', jobId, 'prev', previous) else tell(prefix, 'waiting', jobId) end
end

-- Lets a job wait for those below it.
local function pushToWaitingChildren(prefix, jobId, timestamp, ...)
  redis.call('ZADD', prefix .. 'waiting-children', timestamp, jobId)
  tell(prefix, 'waiting-children', jobId, ...)
end

local function pushToDelayed(prefix, jobId, dueAt)
  local delayedKey = prefix .. 'delayed'
  -- As BullMQ: the low 12 bits of a delayed job's score keep the order of those that are due at the same time (Q1).
  local lowest, highest = dueAt * 0x1000, dueAt * 0x1000 + 0xfff
  local last = redis.call('ZREVRANGEBYSCORE', delayedKey, string.format('%.0f', highest), string.format('%.0f', lowest),
    'WITHSCORES', 'LIMIT', 0, 1)
  local score = last[2] and math.min(tonumber(last[2]) + 1, highest) or lowest
  redis.call('ZADD', delayedKey, string.format('%.0f', score), jobId)
  tell(prefix, 'delayed', jobId, 'delay', string.format('%.0f', dueAt))
  local first = redis.call('ZRANGE', delayedKey, 0, 0, 'WITHSCORES')
  redis.call('ZADD', prefix .. 'marker', string.format('%.0f', math.floor(tonumber(first[2]) / 0x1000)), '1')
end

local function splitBase(base)
  local root, queue = string.match(base, '^(.*:)([^:/]+)[^:]*:$')
  return root, root .. queue
end

-- The bases of all lanes of a queue that jobs with quotas can be in.
local function laneBases(queueBase)
  local bases = { queueBase .. ':' }
  for _, lane in ipairs(redis.call('SMEMBERS', queueBase .. ':lanes')) do bases[#bases + 1] = queueBase .. '/' .. lane .. ':' end
  return bases
end

-- The names of the quotas of a job; most jobs have none.
local function quotasOf(jobKey)
  local options = redis.pcall('HGET', jobKey, 'opts')
  if type(options) ~= 'string' or not string.find(options, '"quotas"', 1, true) then return {} end
  -- A job whose options are damaged holds none: it was never started.
  local isJson, decoded = pcall(cjson.decode, options)
  local quotas = isJson and type(decoded) == 'table' and decoded.quotas
  local names = {}
  for _, name in ipairs(type(quotas) == 'table' and quotas or {}) do
    if type(name) == 'string' then names[#names + 1] = name end
  end
  return names
end

-- The key that holds something of a quota: 'holders' of the queue, 'waiters' and 'woken' of each lane.
local function holdersKey(queueBase, name) return queueBase .. ':quota:' .. name .. ':holders' end
local function laneKey(base, name, what)
  local root, queueBase = splitBase(base)
  return queueBase .. ':quota:' .. name .. ':' .. what .. ':' .. string.sub(base, #root + 1, -2)
end

-- How many slots are free for a job that arrived then, in its lane; nil for a quota that is not there.
local function freeSlots(base, name, arrival)
  local _, queueBase = splitBase(base)
  local size = redis.call('HGET', queueBase .. ':quotas', name)
  if not size then return nil end
  local before = redis.call('ZCOUNT', laneKey(base, name, 'woken'), '-inf', arrival and '(' .. arrival or '+inf')
  -- A size that is no number lets none start.
  return (tonumber(size) or 0) - redis.call('HLEN', holdersKey(queueBase, name)) - before
end

-- The first quota that has no slot for a job. One that is not there is not full: whoever claims the job says so.
local function firstFull(base, names, arrival)
  for _, name in ipairs(names) do
    local free = freeSlots(base, name, arrival)
    if free and free <= 0 then return name end
  end
end

local function park(base, name, id, arrival)
  redis.call('ZADD', laneKey(base, name, 'waiters'), arrival, id)
  redis.call('ZADD', base .. 'parked', arrival, id)
end

local function wakeInLane(base, name)
  local waitersKey = laneKey(base, name, 'waiters')
  local woken = {}
  while (freeSlots(base, name) or math.huge) > 0 do
    local first = redis.call('ZRANGE', waitersKey, 0, 0, 'WITHSCORES')
    if #first == 0 then break end
    local id, arrival = first[1], first[2]
    local names = quotasOf(base .. id)
    local full = firstFull(base, names, arrival)
    if full == name then break end
    redis.call('ZREM', waitersKey, id)
    redis.call('ZREM', base .. 'parked', id)
    if full then
      -- It waits for another one now: whoever comes after it here must not wait with it.
      park(base, full, id, arrival)
    elseif redis.call('EXISTS', base .. id) == 1 then
      for _, own in ipairs(names) do redis.call('ZADD', laneKey(base, own, 'woken'), arrival, id) end
      woken[#woken + 1] = id
    end
  end
  for i = #woken, 1, -1 do pushToWait(base, woken[i], 'RPUSH') end
end

-- Wakes whom the free slots of a quota are for, in every lane.
local function wakeWaiters(queueBase, name)
  for _, base in ipairs(laneBases(queueBase)) do wakeInLane(base, name) end
end

-- How many jobs wait for a slot, in any lane, also those that were woken and have not tried yet.
local function countWaiters(queueBase, name)
  local count = 0
  for _, base in ipairs(laneBases(queueBase)) do
    count = count + redis.call('ZCARD', laneKey(base, name, 'waiters')) + redis.call('ZCARD', laneKey(base, name, 'woken'))
  end
  return count
end

-- Frees what a job holds, and what it waits for. token: only slots taken under it; nil for all.
local function freeQuotas(base, id, token)
  local names = quotasOf(base .. id)
  if #names == 0 then return end
  local root, queueBase = splitBase(base)
  local member = string.sub(base, #root + 1) .. id
  for _, name in ipairs(names) do
    local key = holdersKey(queueBase, name)
    if not token or redis.call('HGET', key, member) == token then redis.call('HDEL', key, member) end
    redis.call('ZREM', laneKey(base, name, 'woken'), id)
    if not token then redis.call('ZREM', laneKey(base, name, 'waiters'), id) end
  end
  if not token then redis.call('ZREM', base .. 'parked', id) end
  for _, name in ipairs(names) do wakeWaiters(queueBase, name) end
end

-- Drops those from the holders of a quota who hold it wrongly: jobs that are gone, have their result, or wait for their time.
local function dropDeadHolders(root, queueBase, name)
  local key = holdersKey(queueBase, name)
  local dropped = false
  for _, member in ipairs(redis.call('HKEYS', key)) do
    local jobKey = root .. member
    local base, id = splitJobKey(jobKey)
    -- What is stored under its key may be no job (B1).
    local task, finishedOn, result = unpack(redis.pcall('HMGET', jobKey, 'name', 'finishedOn', 'result'))
    local isLater = redis.call('EXISTS', jobKey .. ':lock') == 0 and redis.call('ZSCORE', base .. 'delayed', id)
    if not task or finishedOn or result or isLater then
      redis.call('HDEL', key, member)
      dropped = true
    end
  end
  return dropped
end

-- As \`ownedMember\` writes it. No name has a slash in it, which is all that the two kinds of JSON differ in.
local function ownedMember(base, id)
  local root, queueBase = splitBase(base)
  local queue = string.sub(queueBase, #root + 1)
  local lane = string.match(string.sub(base, #queueBase + 1), '^/(.*):$') or 'main'
  return string.format('{"queue":%s,"lane":%s,"jobId":%s}', cjson.encode(queue), cjson.encode(lane), cjson.encode(id))
end

-- Whoever waited with it need not interrupt it any more.
local function disown(base, id)
  local uuid = string.match(redis.call('HGET', base .. id, 'waitingOwner') or '', '^([^:]+):')
  local root = splitBase(base)
  if uuid then redis.call('ZREM', root .. 'dispatcher:' .. uuid .. ':waiting', ownedMember(base, id)) end
end
-- Who may change a job that is claimed, waits for others, or is to go on: its holder.

-- holder: the token of its lock, or its owner while it waits; '' where nobody is to hold it, and it has not ended.
local function isHeldBy(jobKey, lockKey, holder)
  local lock = redis.call('GET', lockKey)
  local name, owner, finishedOn = unpack(redis.call('HMGET', jobKey, 'name', 'waitingOwner', 'finishedOn'))
  return lock == holder or owner == holder or holder == '' and name and not lock and not owner and not finishedOn
end
-- All that is stored of one job: whoever removes a job removes these, and why nobody could run it, or why it was set aside (J9).

local JOB_KEYS = { '', ':lock', ':dependencies', ':processed', ':failed', ':unsuccessful', ':logs', ':annotations',
  ':once' }

local function deleteJobKeys(jobKey)
  local keys = {}
  for i, suffix in ipairs(JOB_KEYS) do keys[i] = jobKey .. suffix end
  redis.call('UNLINK', unpack(keys))
  local base, id = splitJobKey(jobKey)
  redis.pcall('HDEL', base .. 'unknown', id)
  redis.pcall('HDEL', base .. 'set-aside', id)
end
-- A part that stands below its composite no more, since that was stopped or aborted, is kept with it and removed with it all the same (J9).

local function keepWith(jobKey, partKey)
  redis.call('HSET', partKey, 'partOf', jobKey)
  -- As BullMQ keeps what has ended below a job: retention goes down by these.
  local value, reason = unpack(redis.call('HMGET', partKey, 'returnvalue', 'failedReason'))
  if reason then redis.call('HSET', jobKey .. ':failed', partKey, reason)
  else redis.call('HSET', jobKey .. ':processed', partKey, value or 'null') end
end
-- How the jobs of a lane name others: by their ids, and by \`<BullMQ queue>:<id>\` where they are in another lane.

-- Returns the base of the keys of the job's lane, and its id. base: of the lane at hand; prefix: of all keys, with its colon.
local function placeOf(name, base, prefix)
  if not string.find(name, ':', 1, true) then return base, name end
  local queue, id = string.match(name, '^(.*:)(.*)$')
  return prefix .. queue, id
end
-- Settles the join of a job that waits for others without BullMQ's finish doing so: for one that was removed, and nothing hangs (C2);
-- and for one that waits for a job which stands below another one (J5).

-- ending: the list of the waiting job in which the one that it waited for is kept, 'processed' or 'failed'; value: what of it.
local function settleAbove(parentKey, jobKey, ending, value, now)
  if redis.call('SREM', parentKey .. ':dependencies', jobKey) == 0 then return end
  redis.call('HSET', parentKey .. ':' .. ending, jobKey, value)
  if redis.call('SCARD', parentKey .. ':dependencies') > 0 then return end
  -- While it is about to wait it sees for itself that nothing is left below it.
  local prefix, id = splitJobKey(parentKey)
  if redis.call('ZREM', prefix .. 'waiting-children', id) == 0 then return end
  redis.call('HSET', parentKey, 'turnAt', now)
  pushToWait(prefix, id, 'RPUSH', 'waiting-children')
end

-- All that wait for a removed job.
local function settleRemoved(parentKey, waiters, jobKey, now)
  if parentKey then settleAbove(parentKey, jobKey, 'failed', 'removed', now) end
  for _, waiterKey in ipairs(cjson.decode(waiters or '[]')) do
    settleAbove(waiterKey, jobKey, 'failed', 'removed', now)
  end
end
-- Jobs that wait for a job which stands below another one already, or which is a callback (J5): BullMQ knows one parent only.
-- The keys in a list that is kept as JSON. Of a damaged one nothing is known (B1).
local function keysIn(json)
  local isJson, keys = pcall(cjson.decode, json or '[]')
  return isJson and type(keys) == 'table' and keys or {}
end

-- Lets one more job wait for it; the holder of the job is made to look, as for callbacks.
local function addWaiter(key, waiterKey)
  local waiters = cjson.decode(redis.call('HGET', key, 'waiters') or '[]')
  for _, known in ipairs(waiters) do if known == waiterKey then return end end
  waiters[#waiters + 1] = waiterKey
  redis.call('HSET', key, 'waiters', cjson.encode(waiters))
  if redis.call('EXISTS', key .. ':lock') == 1 then redis.call('ZADD', key .. ':unsuccessful', 0, 'waiters') end
end

-- It has ended, and is kept until the jobs that wait for it have ended too.
local function addNeeded(key, waiterKeys)
  local keys = keysIn(redis.call('HGET', key, 'neededBy'))
  for _, waiterKey in ipairs(waiterKeys) do keys[#keys + 1] = waiterKey end
  redis.call('HSET', key, 'neededBy', cjson.encode(keys))
end

-- Whether it was one of those that wait.
local function removeWaiter(key, waiterKey)
  local json = redis.call('HGET', key, 'waiters')
  if not json then return false end
  local waiters, kept = cjson.decode(json), {}
  for _, known in ipairs(waiters) do if known ~= waiterKey then kept[#kept + 1] = known end end
  if #kept == #waiters then return false end
  if #kept == 0 then redis.call('HDEL', key, 'waiters') else redis.call('HSET', key, 'waiters', cjson.encode(kept)) end
  return true
end

-- The set of all that wait for a job, in however many steps, with itself: what it is below, what waits for it besides, and callbacks.
local function allAbove(key)
  local seen, found, i = { [key] = true }, { key }, 0
  while i < #found do
    i = i + 1
    local parentKey, waiters, callbacks = unpack(redis.call('HMGET', found[i], 'parentKey', 'waiters', 'callbacks'))
    local above = cjson.decode(waiters or '[]')
    for _, callbackKey in ipairs(cjson.decode(callbacks or '[]')) do above[#above + 1] = callbackKey end
    if parentKey then above[#above + 1] = parentKey end
    for _, other in ipairs(above) do
      if not seen[other] then
        seen[other] = true
        found[#found + 1] = other
      end
    end
  end
  return seen
end
local jobKey, lockKey, waitingChildrenKey = KEYS[1], KEYS[2], KEYS[3]
local holder, base, prefix, step, failure, timestamp = unpack(ARGV, 1, 6)
local FIRST_JOB = 7

if not isHeldBy(jobKey, lockKey, holder) then return -6 end

-- What was put with the job is kept with it also when it stands below it no more.
local function unlink(key, parentKey, isPart)
  redis.call('SREM', parentKey .. ':dependencies', key)
  redis.call('HDEL', key, 'parentKey', 'parent', 'linked')
  if isPart then keepWith(jobKey, key) end
end

local function remove(jobBase, id, parentKey)
  local key = jobBase .. id
  if redis.call('ZREM', jobBase .. 'waiting-children', id) == 0 and redis.call('ZREM', jobBase .. 'delayed', id) == 0 then
    -- Jobs are taken back oldest first, and the oldest stand at the right.
    redis.call('LREM', jobBase .. 'wait', -1, id)
  end
  freeQuotas(jobBase, id)
  redis.call('SREM', parentKey .. ':dependencies', key)
  local waiters = redis.call('HGET', key, 'waiters')
  disown(jobBase, id)
  deleteJobKeys(key)
  tell(jobBase, 'removed', id)
  settleRemoved(nil, waiters, key, timestamp)
end

-- Who claims it ends it with the failure: its callbacks are promised (J7), and what it has done once is not forgotten (O5).
local function endWithFailure(jobBase, id, parentKey)
  local key = jobBase .. id
  unlink(key, parentKey, true)
  disown(jobBase, id)
  redis.call('DEL', key .. ':dependencies')
  redis.call('HSET', key, 'aborted', failure)
  local wasParked = redis.call('ZREM', jobBase .. 'parked', id) == 1
  freeQuotas(jobBase, id)
  if wasParked or redis.call('ZREM', jobBase .. 'waiting-children', id) == 1
    or redis.call('ZREM', jobBase .. 'delayed', id) == 1 then
    pushToWait(jobBase, id, 'RPUSH')
  end
end

-- The job that all others are below: the one that is called with them, or the one that waits.
local outerKey = jobKey
local outer = cjson.decode(redis.call('HGET', jobKey, 'manifest') or '{}')['then']
if outer then
  local outerBase, outerId = placeOf(outer, base, prefix)
  outerKey = outerBase .. outerId
end

-- Others may have been there before, and wait for it too (J5): for them nothing changes.
local function isOurs(parentKey, parent)
  return parentKey == jobKey or parentKey == outerKey or cjson.decode(parent)['of'] == outerKey
end

local left = {}
for i = FIRST_JOB, #ARGV do
  local jobBase, id = placeOf(ARGV[i], base, prefix)
  local key = jobBase .. id
  local waiterKey = key == outerKey and jobKey or outerKey
  if removeWaiter(key, waiterKey) then redis.call('SREM', waiterKey .. ':dependencies', key) end
  local parentKey, parent, linked, finished, manifest, callbacks, result, claims =
    unpack(redis.call('HMGET', key, 'parentKey', 'parent', 'linked', 'finishedOn', 'manifest', 'callbacks', 'result', 'ats'))
  -- Without a parent it was never scheduled, or taken back before.
  if parentKey and isOurs(parentKey, parent) then
    local goesOn = result or manifest and step == 'stop'
    if linked or finished or goesOn or redis.call('EXISTS', key .. ':lock') == 1 then unlink(key, parentKey, not linked)
    elseif manifest and step == 'first' then left[#left + 1] = ARGV[i]
    elseif callbacks or claims then endWithFailure(jobBase, id, parentKey)
    else remove(jobBase, id, parentKey) end
  end
end

if step == 'reset' then
  redis.call('DEL', jobKey .. ':dependencies', jobKey .. ':processed', jobKey .. ':failed')
  redis.call('HDEL', jobKey, 'manifest', 'scheduledChunks')
  for i = FIRST_JOB, #ARGV do
    local _, id = placeOf(ARGV[i], base, prefix)
    if redis.call('HDEL', jobKey, 'appended:' .. id) == 1 then redis.call('HINCRBY', jobKey, 'appended', -1) end
  end
elseif step == 'last' and redis.call('SCARD', jobKey .. ':dependencies') == 0 then
  local jobId = string.sub(jobKey, #base + 1)
  if redis.call('ZREM', waitingChildrenKey, jobId) == 1 then pushToWait(base, jobId, 'RPUSH', 'waiting-children') end
end
return left
`,
  },
  takeQuotas: {
    name: 'takeQuotas',
    numberOfKeys: 2,
    lua: `--[[
  Takes a slot of each quota of a claimed job, or parks the job (Q5). It can be repeated after a lost reply.

  KEYS: job, lock
  ARGV: token, base (of the lane's keys), jobId
  Reply: 1 it has them; 0 it is parked, and the claim has ended; the name of a quota that is not there; -6 where somebody else
         holds the job
  Events: 'waiting' where it is parked
]]
-- Quotas of a queue (Q5): who holds their slots, who waits for them in which lane, and who may try next.
--
-- \`base\` is that of a lane's keys, \`root\` what stands before all keys. A job holds all of its quotas or none. One that finds a
-- quota full is *parked*: in no list of BullMQ's, but among the lane's parked jobs and the waiters of that one quota. A slot that is
-- freed wakes, in each lane, as many waiters as there are free slots: they go to the head of the lane's wait list, and whoever is
-- claimed first gets the slot. A lane that nobody serves so takes no slot from the others. Until a woken job has tried, it stands
-- before all that come after it in its lane.
-- The key of a job is the prefix of its lane and its id.

local function splitJobKey(key)
  return string.match(key, '^(.*:)([^:]*)$')
end
-- Puts a job into the wait list of its queue and wakes a worker, as BullMQ does. \`prefix\` is that of the queue.

local function maxEvents(prefix)
  return redis.call('HGET', prefix .. 'meta', 'opts.maxLenEvents') or 10000
end

-- Adds an event of a job to its queue's stream, as BullMQ does; what else it says follows, as name, value, name, value …
local function tell(prefix, event, jobId, ...)
  redis.call('XADD', prefix .. 'events', 'MAXLEN', '~', maxEvents(prefix), '*', 'event', event, 'jobId', jobId, ...)
end

local function isPausedOrFull(prefix)
  local paused, concurrency = unpack(redis.call('HMGET', prefix .. 'meta', 'paused', 'concurrency'))
  if paused then return true end
  return concurrency and redis.call('LLEN', prefix .. 'active') >= tonumber(concurrency)
end

-- side: 'RPUSH' for the head of the queue, 'LPUSH' for its tail.
local function pushToWait(prefix, jobId, side, previous)
  redis.call(side, prefix .. 'wait', jobId)
  if not isPausedOrFull(prefix) then redis.call('ZADD', prefix .. 'marker', 0, '0') end
  if previous then tell(prefix, 'waiting', jobId, 'prev', previous) else tell(prefix, 'waiting', jobId) end
end

-- Lets a job wait for those below it.
local function pushToWaitingChildren(prefix, jobId, timestamp, ...)
  redis.call('ZADD', prefix .. 'waiting-children', timestamp, jobId)
  tell(prefix, 'waiting-children', jobId, ...)
end

local function pushToDelayed(prefix, jobId, dueAt)
  local delayedKey = prefix .. 'delayed'
  -- As BullMQ: the low 12 bits of a delayed job's score keep the order of those that are due at the same time (Q1).
  local lowest, highest = dueAt * 0x1000, dueAt * 0x1000 + 0xfff
  local last = redis.call('ZREVRANGEBYSCORE', delayedKey, string.format('%.0f', highest), string.format('%.0f', lowest),
    'WITHSCORES', 'LIMIT', 0, 1)
  local score = last[2] and math.min(tonumber(last[2]) + 1, highest) or lowest
  redis.call('ZADD', delayedKey, string.format('%.0f', score), jobId)
  tell(prefix, 'delayed', jobId, 'delay', string.format('%.0f', dueAt))
  local first = redis.call('ZRANGE', delayedKey, 0, 0, 'WITHSCORES')
  redis.call('ZADD', prefix .. 'marker', string.format('%.0f', math.floor(tonumber(first[2]) / 0x1000)), '1')
end

local function splitBase(base)
  local root, queue = string.match(base, '^(.*:)([^:/]+)[^:]*:$')
  return root, root .. queue
end

-- The bases of all lanes of a queue that jobs with quotas can be in.
local function laneBases(queueBase)
  local bases = { queueBase .. ':' }
  for _, lane in ipairs(redis.call('SMEMBERS', queueBase .. ':lanes')) do bases[#bases + 1] = queueBase .. '/' .. lane .. ':' end
  return bases
end

-- The names of the quotas of a job; most jobs have none.
local function quotasOf(jobKey)
  local options = redis.pcall('HGET', jobKey, 'opts')
  if type(options) ~= 'string' or not string.find(options, '"quotas"', 1, true) then return {} end
  -- A job whose options are damaged holds none: it was never started.
  local isJson, decoded = pcall(cjson.decode, options)
  local quotas = isJson and type(decoded) == 'table' and decoded.quotas
  local names = {}
  for _, name in ipairs(type(quotas) == 'table' and quotas or {}) do
    if type(name) == 'string' then names[#names + 1] = name end
  end
  return names
end

-- The key that holds something of a quota: 'holders' of the queue, 'waiters' and 'woken' of each lane.
local function holdersKey(queueBase, name) return queueBase .. ':quota:' .. name .. ':holders' end
local function laneKey(base, name, what)
  local root, queueBase = splitBase(base)
  return queueBase .. ':quota:' .. name .. ':' .. what .. ':' .. string.sub(base, #root + 1, -2)
end

-- How many slots are free for a job that arrived then, in its lane; nil for a quota that is not there.
local function freeSlots(base, name, arrival)
  local _, queueBase = splitBase(base)
  local size = redis.call('HGET', queueBase .. ':quotas', name)
  if not size then return nil end
  local before = redis.call('ZCOUNT', laneKey(base, name, 'woken'), '-inf', arrival and '(' .. arrival or '+inf')
  -- A size that is no number lets none start.
  return (tonumber(size) or 0) - redis.call('HLEN', holdersKey(queueBase, name)) - before
end

-- The first quota that has no slot for a job. One that is not there is not full: whoever claims the job says so.
local function firstFull(base, names, arrival)
  for _, name in ipairs(names) do
    local free = freeSlots(base, name, arrival)
    if free and free <= 0 then return name end
  end
end

local function park(base, name, id, arrival)
  redis.call('ZADD', laneKey(base, name, 'waiters'), arrival, id)
  redis.call('ZADD', base .. 'parked', arrival, id)
end

local function wakeInLane(base, name)
  local waitersKey = laneKey(base, name, 'waiters')
  local woken = {}
  while (freeSlots(base, name) or math.huge) > 0 do
    local first = redis.call('ZRANGE', waitersKey, 0, 0, 'WITHSCORES')
    if #first == 0 then break end
    local id, arrival = first[1], first[2]
    local names = quotasOf(base .. id)
    local full = firstFull(base, names, arrival)
    if full == name then break end
    redis.call('ZREM', waitersKey, id)
    redis.call('ZREM', base .. 'parked', id)
    if full then
      -- It waits for another one now: whoever comes after it here must not wait with it.
      park(base, full, id, arrival)
    elseif redis.call('EXISTS', base .. id) == 1 then
      for _, own in ipairs(names) do redis.call('ZADD', laneKey(base, own, 'woken'), arrival, id) end
      woken[#woken + 1] = id
    end
  end
  for i = #woken, 1, -1 do pushToWait(base, woken[i], 'RPUSH') end
end

-- Wakes whom the free slots of a quota are for, in every lane.
local function wakeWaiters(queueBase, name)
  for _, base in ipairs(laneBases(queueBase)) do wakeInLane(base, name) end
end

-- How many jobs wait for a slot, in any lane, also those that were woken and have not tried yet.
local function countWaiters(queueBase, name)
  local count = 0
  for _, base in ipairs(laneBases(queueBase)) do
    count = count + redis.call('ZCARD', laneKey(base, name, 'waiters')) + redis.call('ZCARD', laneKey(base, name, 'woken'))
  end
  return count
end

-- Frees what a job holds, and what it waits for. token: only slots taken under it; nil for all.
local function freeQuotas(base, id, token)
  local names = quotasOf(base .. id)
  if #names == 0 then return end
  local root, queueBase = splitBase(base)
  local member = string.sub(base, #root + 1) .. id
  for _, name in ipairs(names) do
    local key = holdersKey(queueBase, name)
    if not token or redis.call('HGET', key, member) == token then redis.call('HDEL', key, member) end
    redis.call('ZREM', laneKey(base, name, 'woken'), id)
    if not token then redis.call('ZREM', laneKey(base, name, 'waiters'), id) end
  end
  if not token then redis.call('ZREM', base .. 'parked', id) end
  for _, name in ipairs(names) do wakeWaiters(queueBase, name) end
end

-- Drops those from the holders of a quota who hold it wrongly: jobs that are gone, have their result, or wait for their time.
local function dropDeadHolders(root, queueBase, name)
  local key = holdersKey(queueBase, name)
  local dropped = false
  for _, member in ipairs(redis.call('HKEYS', key)) do
    local jobKey = root .. member
    local base, id = splitJobKey(jobKey)
    -- What is stored under its key may be no job (B1).
    local task, finishedOn, result = unpack(redis.pcall('HMGET', jobKey, 'name', 'finishedOn', 'result'))
    local isLater = redis.call('EXISTS', jobKey .. ':lock') == 0 and redis.call('ZSCORE', base .. 'delayed', id)
    if not task or finishedOn or result or isLater then
      redis.call('HDEL', key, member)
      dropped = true
    end
  end
  return dropped
end
local jobKey, lockKey = KEYS[1], KEYS[2]
local token, base, jobId = unpack(ARGV)
-- Looking after those who hold a full quota wrongly costs as much as it has slots: not more often than this.
local CHECK_EVERY = 1000

if redis.call('GET', lockKey) ~= token then return -6 end
local names = quotasOf(jobKey)
local root, queueBase = splitBase(base)
local member = string.sub(base, #root + 1) .. jobId

local function take()
  for _, name in ipairs(names) do
    redis.call('HSET', holdersKey(queueBase, name), member, token)
    redis.call('ZREM', laneKey(base, name, 'woken'), jobId)
  end
  return 1
end

-- A job that waited for others has held its slots all the time.
local holdsAll = true
for _, name in ipairs(names) do
  if redis.call('HEXISTS', holdersKey(queueBase, name), member) == 0 then holdsAll = false end
end
if holdsAll then return take() end
-- All or none: what is left to it of them, since it was found to wait for its time, is as free as any other, for it too.
for _, name in ipairs(names) do redis.call('HDEL', holdersKey(queueBase, name), member) end

for _, name in ipairs(names) do
  if redis.call('HEXISTS', queueBase .. ':quotas', name) == 0 then return name end
end
-- The order of the first attempts, also over later ones.
local arrival = redis.call('HGET', jobKey, 'quotaArrival')
if not arrival then
  arrival = redis.call('INCR', queueBase .. ':quotas:arrivals')
  redis.call('HSET', jobKey, 'quotaArrival', arrival)
end
local full = firstFull(base, names, arrival)
while full and redis.call('SET', queueBase .. ':quota:' .. full .. ':checked', 1, 'NX', 'PX', CHECK_EVERY)
  and dropDeadHolders(root, queueBase, full) do
  full = firstFull(base, names, arrival)
end
if not full then return take() end

for _, name in ipairs(names) do redis.call('ZREM', laneKey(base, name, 'woken'), jobId) end
park(base, full, jobId, arrival)
redis.call('DEL', lockKey)
redis.call('LREM', base .. 'active', -1, jobId)
tell(base, 'waiting', jobId, 'prev', 'active')
-- It may have stood before others in the other quotas.
for _, name in ipairs(names) do wakeWaiters(queueBase, name) end
return 0
`,
  },
  updateArgs: {
    name: 'updateArgs',
    numberOfKeys: 2,
    lua: `--[[
  Changes the arguments of a job that was never claimed. Whoever comes first, this or a claim, wins.

  KEYS: job, lock
  ARGV: args (JSON)
  Reply: 1 changed; 0 it was claimed before; -1 there is no such job
]]
local jobKey, lockKey = KEYS[1], KEYS[2]
local args = ARGV[1]

local data, claims, finishedOn = unpack(redis.call('HMGET', jobKey, 'data', 'ats', 'finishedOn'))
if not data then return -1 end
-- What an attempt whose reply was lost has changed is changed, also where the job was claimed since.
if data == args then return 1 end
if claims or finishedOn or redis.call('EXISTS', lockKey) == 1 then return 0 end
redis.call('HSET', jobKey, 'data', args)
return 1
`,
  },
} as const;
