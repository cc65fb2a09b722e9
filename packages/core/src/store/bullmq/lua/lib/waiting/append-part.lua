-- Adds a job to those that a joining job waits for already (C4). The run of one of its parts asks
-- for it, before that part has completed. See `parents` for joining and outer job.
--- @include "new-job"
--- @include "parent-field"
--- @include "parents"

-- Deeper nesting counts as damage.
local MAX_DEPTH = 100

-- Goes up from the appender to the joining job. Returns the outer job, and the part through which
-- the way comes. Returns nil where the appender is not below the joining job, or where that part
-- has completed: the joining job may have been released then.
local function placeToAppend(appenderKey, joiningKey)
  local ended, verdict, result = fieldsOf(joiningKey, 'finishedOn', 'verdict', 'result')
  if ended or verdict or result then return nil end
  local key = appenderKey
  for _ = 1, MAX_DEPTH do
    local above, outerKey, parentKey = joiningJob(key)
    if not above then return nil end
    if above == joiningKey then
      -- The postprocess and the callbacks of the joining job come after all parts.
      local comesAfter = hasField(key, 'joined') or hasField(key, 'callbackOf')
      local isReleased = redis.call('SISMEMBER', parentKey .. ':dependencies', key) == 0
      if comesAfter or isReleased then return nil end
      return outerKey, key
    end
    key = above
  end
  return nil
end

-- The postprocess names the job with its BullMQ queue, whichever lane it has itself.
local function noteAppended(joiningKey, outerKey, key, id, entry, partKey)
  local n = redis.call('HINCRBY', joiningKey, 'appended', 1)
  local _, by = splitJobKey(partKey)
  redis.call('HSET', joiningKey, 'appended:' .. id, n .. '/' .. by .. ' ' .. entry)
  if outerKey ~= joiningKey then
    redis.call('HSET', outerKey, 'joinedMore', 1, 'joined:' .. string.match(key, '[^:]*:[^:]*$'), n)
  end
end

-- In a `serial` the job comes between the last part, which releases it, and the outer job.
local function appendToChain(base, id, task, args, options, parent, outerKey)
  local key, dependenciesKey = base .. id, outerKey .. ':dependencies'
  local now = redisTime()
  local lastKey = redis.call('SMEMBERS', dependenciesKey)[1]
  storeRecord(key, task, args, options, now, 0,
    'parentKey', outerKey, 'parent', withParent(parent, outerKey))
  noteLane(base)
  pushToWaitingChildren(base, id, now, WAITS_FOR_TURN)
  redis.call('SREM', dependenciesKey, lastKey)
  redis.call('SADD', dependenciesKey, key)
  redis.call('SADD', key .. ':dependencies', lastKey)
  redis.call('HSET', lastKey, 'parentKey', key, 'parent', withParent(parent, key))
  settleKey(base, id, task, options, true)
end

-- Returns whether the job was added. entry: what the joining job keeps of it, JSON.
local function appendPart(base, id, task, args, options, dueAt, appenderKey, joiningKey, entry)
  local outerKey, partKey = placeToAppend(appenderKey, joiningKey)
  if not outerKey then return false end
  local key = base .. id
  local parent = redis.call('HGET', partKey, 'parent')
  options = withOptionsOf(redis.call('HGET', joiningKey, 'opts'), options)
  if cjson.decode(parent).of then
    appendToChain(base, id, task, args, options, parent, outerKey)
  else
    newJob(base, id, task, args, options, dueAt)
    redis.call('HSET', key, 'parentKey', outerKey, 'parent', withParent(parent, outerKey))
    redis.call('SADD', outerKey .. ':dependencies', key)
  end
  noteAppended(joiningKey, outerKey, key, id, entry, partKey)
  return true
end
