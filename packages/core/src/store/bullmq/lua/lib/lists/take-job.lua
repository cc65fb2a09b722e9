-- Takes a certain job from wherever it is: for a claim, a removal, or a cancel.
--- @include "long-fields"
--- @include "owner"
--- @include "quotas"
--- @include "tries"
--- @include "verdict"

-- Takes a pending job out of its list. Returns whether it was in one. The oldest jobs are at the
-- right of the wait list, and are looked for first.
local function takePending(base, jobId)
  local found = redis.call('ZREM', base .. 'delayed', jobId) == 1
    or redis.call('ZREM', base .. 'parked', jobId) == 1
    or redis.call('ZREM', base .. 'prioritized', jobId) == 1
    or redis.call('LREM', base .. 'wait', -1, jobId) == 1
    or redis.call('HDEL', base .. 'dead-letters', jobId) == 1
  -- No job waits behind it for a slot any more.
  if found then pcall(freeQuotas, base, jobId) end
  return found
end

-- Claims a job that is in no list, as BullMQ's claim does. Returns its fields.
local function claimJob(base, jobId, token, owner, lockDuration, now)
  local jobKey = base .. jobId
  redis.call('LPUSH', base .. 'active', jobId)
  redis.call('SET', jobKey .. ':lock', token, 'PX', lockDuration)
  emit(base, 'active', jobId, 'prev', 'waiting')
  -- BullMQ sets the delay of a due job to 0 as well: else it would count the delay once more when
  -- the job has waited for others.
  redis.call('HSET', jobKey, 'processedOn', now, 'pb', owner, 'delay', 0)
  redis.call('HINCRBY', jobKey, 'ats', 1)
  return shortFields(jobKey)
end

-- Takes a job from its list or its holder: the id of the cancel becomes its token (O1, I5), and the
-- job is in the active list like a claimed one. Returns false where the job is in no list.
local function takeCancelled(base, id, cancelId, failure, lockDuration)
  local key = base .. id
  local lockKey = key .. ':lock'
  local prefix = splitBase(base)
  local holder = redis.call('GET', lockKey)
  if holder == cancelId then return true end
  if holder then
    redis.call('SET', lockKey, cancelId, 'KEEPTTL')
    local uuid = string.match(holder, '^([^:]+):%d+:[%d.]+$')
    -- Where this message is lost, a reconcile pass of the dispatcher finds the cancel, or the
    -- commit is refused.
    if uuid then
      redis.call('PUBLISH', prefix .. 'dispatcher:' .. uuid .. ':cancelled',
        cjson.encode({ jobId = id, token = holder, failure = failure }))
    end
  else
    if redis.call('ZREM', base .. 'waiting-children', id) == 0 and not takePending(base, id) then
      return false
    end
    redis.call('LPUSH', base .. 'active', id)
    redis.call('SET', lockKey, cancelId, 'PX', lockDuration)
    endsWithoutRun(key)
  end
  giveVerdict(key, 'cancelled', failure)
  redis.call('HINCRBY', key, 'cancellations', 1)
  freeQuotas(base, id)
  disown(base, id)
  redis.call('HDEL', key, 'waitingOwner')
  return true
end
