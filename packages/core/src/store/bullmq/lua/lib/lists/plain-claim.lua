-- Claims jobs of a lane as BullMQ's claim does, with the same writes and events, where the lane has
-- no limit of BullMQ's. It costs half as much, and the script can claim several jobs.
--- @include "bullmq-lists"
--- @include "long-fields"
--- @include "open-pack"

-- Whether BullMQ's own script has to claim: the lane is paused or limited.
local function isLimited(base)
  local paused, concurrency, max = fieldsOf(base .. 'meta', 'paused', 'concurrency', 'max')
  return paused or concurrency or max
end

-- The next jobs of a lane without a priority, the first one first.
local function nextInWait(base, most)
  local ids, nextIds = redis.call('LRANGE', base .. 'wait', -most, -1), {}
  for i = #ids, 1, -1 do nextIds[#nextIds + 1] = ids[i] end
  return nextIds
end

-- The next jobs of a lane that has no more jobs in `wait`: those with a priority (Q7). A job that
-- is due, and still delayed, may come before them. Then the list is empty, and `claim` moves the
-- due jobs. Returns also whether there is such a job: 1 or 0.
local function nextWithPriority(base, most)
  local ids = redis.call('ZRANGE', base .. 'prioritized', 0, most - 1)
  if #ids > 0 and #dueJobs(base, 1) > 0 then return {}, 1 end
  return ids, 0
end

-- Reads a job that is to be claimed. Returns nil where BullMQ's own script has to claim it: its
-- record is damaged, or it is an entry of an earlier version of BullMQ. Else returns its fields,
-- whether it is claimed alone, the number of the claim, whether it is a pack of a `parallel`, the
-- manifest of its children, which may be without their names, and the size of its arguments in
-- bytes. A job is claimed alone that was claimed before, that is one of Drover's own, such as a
-- composite, or that has a policy of its own: this may allow no interrupt, and the death of the
-- dispatcher interrupts jobs that have not begun too.
local function readToClaim(base, jobId)
  local isRead, fields = pcall(shortFields, base .. jobId)
  if not isRead or string.sub(jobId, 1, 2) == '0:' then return nil end
  local size = 0
  local name, options, claims, inOrder, manifest
  for i = 1, #fields, 2 do
    local field, value = fields[i], fields[i + 1]
    if field == 'name' then name = value
    elseif field == 'opts' then options = value
    elseif field == 'ats' then claims = value
    elseif field == 'inOrder' then inOrder = value
    elseif field == 'manifest' or field == 'shortManifest' then manifest = value
    elseif field == 'data' then size = #value
    elseif field == 'longFields' then size = LONG end
  end
  if not name then return nil end
  local isAlone = claims or string.sub(name, 1, 7) == 'drover.'
    or string.find(options or '', '"retryPolicy"', 1, true)
  local isPack = name == PACK and not inOrder
  return fields, isAlone, (tonumber(claims or 0) or 0) + 1, isPack, manifest, size
end

-- Claims a job that is in no list. fields: as they were read; those that change are added.
local function lockClaimed(base, jobId, fields, token, uuid, timestamp, lockDuration, claims)
  local jobKey = base .. jobId
  redis.call('LPUSH', base .. 'active', jobId)
  redis.call('SET', jobKey .. ':lock', token, 'PX', lockDuration)
  redis.call('XADD', base .. 'events', '*', 'event', 'active', 'jobId', jobId, 'prev', 'waiting')
  redis.call('HSET', jobKey, 'processedOn', timestamp, 'pb', uuid, 'ats', claims)
  addAll(fields, 'processedOn', timestamp, 'pb', uuid, 'ats', claims)
end

-- A job that has not begun is as it was before its claim (I1): no run has seen the number.
local function forgetClaim(jobKey)
  if redis.call('HINCRBY', jobKey, 'ats', -1) > 0 then return end
  redis.call('HDEL', jobKey, 'ats', 'processedOn', 'pb')
end

-- Adds to the fields of a claimed pack how many of its parts have ended; '' for damaged values.
local function addEnded(base, jobId, fields)
  local parts = tonumber(redis.call('HGET', base .. jobId, 'packParts') or '')
  if not parts then return end
  local count = redis.pcall('LLEN', base .. jobId .. ':values')
  -- Another program lets an ended pack run again: all of its parts do (O6).
  if count == parts then
    redis.call('DEL', base .. jobId .. ':values')
    count = 0
  end
  addAll(fields, 'packEnded', type(count) == 'number' and count or '')
end

-- Adds to the fields of a claimed job its result, where its only child, the postprocess, has ended
-- with a value. The dispatcher need not read that then. manifest: JSON; nil for none.
local function addThenValue(base, jobId, fields, manifest)
  local name = manifest and string.match(manifest, '"then":"([^"]*)"')
  if not name then return end
  -- A stopped job keeps its parts here: they may be very many.
  local processedKey = base .. jobId .. ':processed'
  if redis.pcall('HLEN', processedKey) ~= 1 then return end
  local thenBase, thenId = locateJob(name, base, splitBase(base))
  local key = redis.call('HKEYS', processedKey)[1]
  if key ~= thenBase .. thenId then return end
  -- The dispatcher reads a long value by itself.
  local long = redis.pcall('HGET', key, 'longFields')
  if type(long) == 'string' and isAmong(long, 'returnvalue') then return end
  local ended = redis.pcall('HMGET', key, 'finishedOn', 'returnvalue', 'failedReason')
  if ended.err or not ended[1] or ended[3] then return end
  addAll(fields, 'thenValue', ended[2])
end

-- Claims jobs. takesPacks: '1' to claim a pack of a parallel as it is; '0' to open it, and to claim
-- its first part: the jobs of the lane take long, or it is not known that they do not. firstToken:
-- the index of the first token among the arguments of the script, of which the tokens are the last.
-- Returns fields and id of each claimed job, and 1 where another claim may find a job.
local function claimPlain(base, uuid, timestamp, lockDuration, takesPacks, firstToken)
  local claimed, most, allSizes = {}, #ARGV - firstToken + 1, 0
  if isLimited(base) then return claimed, 1 end
  -- before: how many jobs were claimed before the first of `ids`; areDue: nil for those in `wait`.
  local ids, before, areDue = nextInWait(base, most), 0, nil
  for i = 1, most do
    if i - before > #ids and not areDue then
      before = i - 1
      ids, areDue = nextWithPriority(base, most - before)
    end
    local jobId = ids[i - before]
    if not jobId then return claimed, areDue end
    local fields, isAlone, claims, isPack, manifest, size = readToClaim(base, jobId)
    if not fields or isAlone and #claimed > 0 then return claimed, 1 end
    -- Many jobs with much data are claimed by several calls.
    if #claimed > 0 and allSizes + size > LONG then return claimed, 1 end
    allSizes = allSizes + size
    local pack = isPack and takesPacks ~= '1' and readPack(base, jobId)
    if pack then
      openPack(pack)
      return claimPlain(base, uuid, timestamp, lockDuration, takesPacks, firstToken)
    end
    if areDue then redis.call('ZREM', base .. 'prioritized', jobId)
    else redis.call('LREM', base .. 'wait', -1, jobId) end
    local token = ARGV[firstToken + i - 1]
    lockClaimed(base, jobId, fields, token, uuid, timestamp, lockDuration, claims)
    addAll(claimed, fields, jobId)
    if isAlone then
      addEnded(base, jobId, fields)
      addThenValue(base, jobId, fields, manifest)
      return claimed, 1
    end
  end
  return claimed, 1
end

-- Wakes another claimer where jobs are left. With none left the marker goes: it would wake a
-- claimer in vain. Returns whether some are left.
local function wakeOthers(base)
  if redis.call('LLEN', base .. 'wait') > 0 or redis.call('ZCARD', base .. 'prioritized') > 0 then
    setMarker(base)
    return true
  end
  redis.call('ZREM', base .. 'marker', '0')
  return false
end
