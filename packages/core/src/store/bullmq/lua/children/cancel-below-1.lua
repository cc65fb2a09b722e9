--[[
  Cancels children of a cancelled job, whatever their status (O1). A child that has its result keeps
  it. A child goes on while a job that is not cancelled waits for it too (J5). A child that another
  cancel holds is taken from that one. The cancelling process and the drover.cancel job both call
  this: it can be repeated.

  KEYS: job (the parent)
  ARGV: cancelId, base (of the parent's lane), prefix, failure (JSON), lockDuration,
        outerKey (see `parents`), then names of children
  Reply: the names of the children that the cancel holds, and the names of those among them that
         have scheduled children; -6 another holder has the parent
  Events: 'waiting' for each job that gets a slot of a quota of one of these
]]
--- @include "open-pack"
--- @include "parents"
--- @include "take-job"
local jobKey = KEYS[1]
local cancelId, base, prefix, failure, lockDuration, outerKey = unpack(ARGV, 1, 6)
local FIRST_JOB = 7

if redis.call('GET', jobKey .. ':lock') ~= cancelId then return -6 end

local function hasOtherDependents(dependents)
  for _, key in ipairs(cjson.decode(dependents or '[]')) do
    if key ~= jobKey and key ~= outerKey and not isCancelled(key) then return true end
  end
  return false
end

local taken, waiting = {}, {}
for i = FIRST_JOB, #ARGV do
  local childBase, id = locateJob(ARGV[i], base, prefix)
  openUnfinished(childBase .. id)
  local name, finishedOn, result, parentKey, parent, chunks, dependents =
    fieldsOf(childBase .. id, 'name', 'finishedOn', 'result', 'parentKey', 'parent',
      'scheduledChunks', 'dependents')
  local isChild = isChildOf(jobKey, outerKey, parentKey, parent)
    or parentKey and isCancelled(parentKey)
  local goesOn = not name or finishedOn or result or not isChild or hasOtherDependents(dependents)
  if not goesOn and takeCancelled(childBase, id, cancelId, failure, lockDuration) then
    taken[#taken + 1] = ARGV[i]
    if chunks then waiting[#waiting + 1] = ARGV[i] end
  end
end
return { taken, waiting }
