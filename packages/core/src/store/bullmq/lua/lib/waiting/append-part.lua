-- Adds a job to those that a joining job waits for already: on behalf of one of them that has not
-- completed (C4).
--- @include "joining-job"
--- @include "new-job"
--- @include "note-lane"

-- Composites nest, but not as deep as this.
local MAX_DEPTH = 100

-- The outer job of the joining job, and the one of the jobs below it through which the appender
-- belongs to it; nil where the appender does not, or where that one has completed: the joining job
-- may go on then.
local function placeToAppend(appenderKey, joiningKey)
  local ended, aborted, cancelled, stopped, result =
    unpack(redis.call('HMGET', joiningKey, 'finishedOn', 'aborted', 'cancelled', 'stopped', 'result'))
  if ended or aborted or cancelled or stopped or result then return nil end
  local key = appenderKey
  for _ = 1, MAX_DEPTH do
    local above, outerKey, parentKey = joiningJob(key)
    if not above then return nil end
    if above == joiningKey then
      -- What is called with the results, or a callback of the joining job itself, comes after the
      -- others.
      local comesAfter = redis.call('HEXISTS', key, 'joined') == 1 or redis.call('HEXISTS', key, 'callbackOf') == 1
      if comesAfter or redis.call('SISMEMBER', parentKey .. ':dependencies', key) == 0 then return nil end
      return outerKey, key
    end
    key = above
  end
  return nil
end

-- What is called with the results names it with its queue, whatever lane it is in itself.
local function noteAppended(joiningKey, outerKey, key, id, entry, nodeKey)
  local n = redis.call('HINCRBY', joiningKey, 'appended', 1)
  local _, by = splitJobKey(nodeKey)
  redis.call('HSET', joiningKey, 'appended:' .. id, n .. '/' .. by .. ' ' .. entry)
  if outerKey ~= joiningKey then
    redis.call('HSET', outerKey, 'joinedMore', 1, 'joined:' .. string.match(key, '[^:]*:[^:]*$'), n)
  end
end

-- In a row the job comes after the last one, whose end releases it.
local function appendToRow(prefix, id, task, args, options, parent, outerKey)
  local key, dependenciesKey = prefix .. id, outerKey .. ':dependencies'
  local now = redisTime()
  local lastKey = redis.call('SMEMBERS', dependenciesKey)[1]
  redis.call('HSET', key, 'name', task, 'data', args, 'opts', options, 'timestamp', now, 'delay', 0, 'priority', 0,
    'parentKey', outerKey, 'parent', cjson.encode(parent))
  noteLane(prefix)
  pushToWaitingChildren(prefix, id, now)
  redis.call('SREM', dependenciesKey, lastKey)
  redis.call('SADD', dependenciesKey, key)
  redis.call('SADD', key .. ':dependencies', lastKey)
  parent.id, parent.queueKey = id, string.sub(prefix, 1, -2)
  redis.call('HSET', lastKey, 'parentKey', key, 'parent', cjson.encode(parent))
end

-- Returns whether it was added. entry: what the joining job keeps of it, JSON.
local function appendPart(prefix, id, task, args, options, dueAt, appenderKey, joiningKey, entry)
  local outerKey, nodeKey = placeToAppend(appenderKey, joiningKey)
  if not outerKey then return false end
  local key = prefix .. id
  local parent = cjson.decode(redis.call('HGET', nodeKey, 'parent'))
  local outerPrefix, outerId = splitJobKey(outerKey)
  parent.id, parent.queueKey = outerId, string.sub(outerPrefix, 1, -2)
  if parent.of then
    appendToRow(prefix, id, task, args, options, parent, outerKey)
  else
    newJob(prefix, id, task, args, options, dueAt)
    redis.call('HSET', key, 'parentKey', outerKey, 'parent', cjson.encode(parent))
    redis.call('SADD', outerKey .. ':dependencies', key)
  end
  noteAppended(joiningKey, outerKey, key, id, entry, nodeKey)
  return true
end
