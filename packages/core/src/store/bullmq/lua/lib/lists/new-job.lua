-- Puts a job into its lane for the first time, or makes an ended one new again.
--- @include "callbacks"
--- @include "stored-at"
--- @include "bullmq-lists"
--- @include "keyed-put"

-- dueAt: '0' for a job that may start at once. Redis's clock counts, not that of the caller (Q2).
local function newJob(base, id, task, args, options, dueAt)
  noteLane(base)
  local now = redisTime()
  local delay = math.max(0, tonumber(dueAt) - now)
  storeRecord(base .. id, task, args, options, now, delay)
  redis.call('XADD', base .. 'events', '*', 'event', 'added', 'jobId', id, 'name', task)
  local waits = settleKey(base, id, task, options, false)
  if waits == 'parked' then return end
  if waits then pushToWaitingChildren(base, id, now, WAITS_FOR_JOBS)
  elseif delay > 0 then pushToDelayed(base, id, tonumber(dueAt))
  else pushToTail(base, id) end
end

-- The same with the callbacks that the job has already (J7). callbacks: JSON; '' for none.
local function newJobWithCallbacks(base, id, task, args, options, dueAt, callbacks)
  newJob(base, id, task, args, options, dueAt)
  if callbacks ~= '' then deferCallbacks(base .. id, cjson.decode(callbacks), redisTime()) end
end

-- Leaves the keys that BullMQ's own scripts leave with a put, by which tools find queues. With the
-- first put of a lane its queue is noted: so a further put costs no more for that.
local function noteBullQueue(base)
  if redis.call('INCR', base .. 'id') == 1 then noteQueue(base) end
  redis.call('HSETNX', base .. 'meta', 'opts.maxLenEvents', 10000)
end

local OF_ONE_LIFE = { 'finishedOn', 'failedReason', 'returnvalue', 'failure', 'stacktrace',
  'result', 'verdict', 'policyData', 'retries', 'resumeAfter', 'manifest', 'shortManifest',
  'scheduledChunks',
  'waitingOwner', 'startedAt', 'processedOn', 'dueAt', 'quotaArrival', 'unroutableOffers', 'defa' }

-- Makes an ended job new again (O3). It keeps its id, the callbacks that ran, its numbers of claims
-- and interrupts, and the results of `local.once`. Its deadline counts from now (Q2).
local function makeNewAgain(key, timestamp)
  local base, id = splitJobKey(key)
  redis.call('ZREM', base .. 'failed', id)
  redis.call('ZREM', base .. 'completed', id)
  redis.call('HDEL', key, unpack(OF_ONE_LIFE))
  redis.call('DEL', key .. ':dependencies', key .. ':unsuccessful')
  local claims, options, priority = fieldsOf(key, 'ats', 'opts', 'priority')
  redis.call('HSET', key, 'delay', 0, 'turnAt', timestamp, 'claimsBefore', claims or 0,
    'priority', priorityIn(options) or toPriority(priority))
end
