-- Schedules the children of a job that was let run again (O3): succeeded ones are linked as they
-- are, failed ones run again in their old place. See `parents` for joining and outer job.
--- @include "long-fields"
--- @include "new-job"
--- @include "parent-field"
--- @include "parents"
--- @include "take-job"

-- The job that waits for another one, or waited for it until it was stopped or aborted.
local function joiningNowOrBefore(key)
  return joiningJob(key) or redis.call('HGET', key, 'partOf')
end

-- Whether a job is below jobKey, or below a job above that which the same call of `retry` let run
-- again. The task may have made the jobs between anew.
local function isInTree(key, jobKey, retriedBy)
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

-- Whether a child may run again for jobKey: no callback, and no job of another tree.
local function isOwn(key, jobKey, outerKey, retriedBy)
  local above, parent, partOf, callbackOf =
    fieldsOf(key, 'parentKey', 'parent', 'partOf', 'callbackOf')
  local parentKey = above or partOf
  if not parentKey or isChildOf(jobKey, outerKey, parentKey, parent) then return true end
  if redis.call('EXISTS', parentKey) == 0 then return true end
  return not callbackOf and isInTree(key, jobKey, retriedBy)
end

-- Returns whether a child is stored, whether it has ended, whether it runs again now, and whether
-- it is to run again as soon as it has ended.
local function stateAgain(node, jobKey, outerKey, retriedBy)
  local key, joined = node.key, node.joined
  local found, finishedOn, reason, verdict, result, by =
    fieldsOf(key, 'name', 'finishedOn', 'failedReason', 'verdict', 'result', 'retriedBy')
  -- A postprocess without parts is a job that the task returned: its success is kept.
  local hasFailed = finishedOn and (reason or joined ~= '' and joined ~= '[]')
  local isClaimed = isHeld(key)
  local isDecided = verdict and not result and readVerdict(verdict) ~= 'stopped'
  local isToFail = isDecided and not finishedOn and not isClaimed
  -- It has its failure, or is claimed to get it: its callbacks run before it can run again.
  local hasFailure = result and string.sub(result, 1, 1) == 'f'
    or isDecided and isClaimed
  local isEnding = not finishedOn and hasFailure
  -- A child that the same call has let run again for another job of the tree has had its turn.
  local isOfTree = (hasFailed or isToFail or isEnding) and by ~= retriedBy
    and isOwn(key, jobKey, outerKey, retriedBy)
  return found, finishedOn, isOfTree and not isEnding, isOfTree and isEnding
end

-- Makes a child new again, in no list.
local function renew(node, parentKey, parent, retriedBy, timestamp)
  local base, id = splitJobKey(node.key)
  -- An aborted child that has not ended is claimable, or waits until its interrupt aborts it.
  local isListed = not hasField(node.key, 'finishedOn')
  if isListed and redis.call('ZREM', base .. 'waiting-children', id) == 0 then
    takePending(base, id)
  end
  makeNewAgain(node.key, timestamp)
  redis.call('HSET', node.key, 'parentKey', parentKey, 'parent', parent, 'retriedBy', retriedBy)
  -- The task may have made the parts anew. Formerly appended parts are among them.
  if node.joined ~= '' and node.joined ~= '[]' then
    redis.call('HSET', node.key, 'joined', node.joined)
    noteLong(node.key, 'joined', node.joined)
    if redis.call('HDEL', node.key, 'joinedMore') == 1 then
      for _, field in ipairs(redis.call('HKEYS', node.key)) do
        if string.sub(field, 1, 7) == 'joined:' then redis.call('HDEL', node.key, field) end
      end
    end
  end
end

local parentsInstead = {}

local function waitsForItsTurn(key)
  local base, id = splitJobKey(key)
  if not redis.call('ZSCORE', base .. 'waiting-children', id) then return false end
  -- With one of these it waits for its callbacks, or for jobs of its own.
  local result, chunks = fieldsOf(key, 'result', 'scheduledChunks')
  return not result and not chunks
end

-- In a `serial` the next part may have its result already, or may have begun. Then the child is
-- followed by the next part that waits for its turn.
-- parent: JSON that BullMQ keeps of the parent. Returns both as they are to be.
local function parentAgain(parentKey, parent, jobKey)
  local key = parentsInstead[parentKey] or parentKey
  while key ~= jobKey and not waitsForItsTurn(key) do
    key = redis.call('HGET', key, 'parentKey') or jobKey
  end
  parentsInstead[parentKey] = key
  if key == parentKey then return parentKey, parent end
  return key, withParent(parent, key)
end
