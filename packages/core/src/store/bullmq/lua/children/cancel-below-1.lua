--[[
  Cancels children of a cancelled job, whatever their status (O1). A child that has its result keeps
  it. A child goes on while a job that is not cancelled waits for it too (J5). A child that another
  cancel holds is taken from that one. The cancelling process and the drover.cancel job both call
  this: it can be repeated.

  KEYS: job (the parent)
  ARGV: cancelId, base (of the parent's lane), prefix, failure (JSON), lockDuration,
        postprocess (its name; '' for none), then names of children
  Reply: the names of the children that the cancel holds, each followed by whether it waits for
         children of its own (1 or 0); -6 another holder has the parent
  Events: 'waiting' for each job that gets a slot of a quota of one of these
]]
--- @include "take-job"
local jobKey = KEYS[1]
local cancelId, base, prefix, failure, lockDuration, postprocess = unpack(ARGV, 1, 6)
local FIRST_JOB = 7

if redis.call('GET', jobKey .. ':lock') ~= cancelId then return -6 end

-- The job right above the parts: see `parents`.
local outerKey = postprocess == '' and jobKey or keyOfName(postprocess, base, prefix)

local function isCancelled(key) return hasField(key, 'cancelled') end

-- An abandoned job is no child any more.
local function isChild(parentKey, parent)
  if not parentKey then return false end
  return parentKey == jobKey or parentKey == outerKey
    or parent and cjson.decode(parent).of == outerKey or isCancelled(parentKey)
end

local function hasOtherDependents(dependents)
  for _, key in ipairs(cjson.decode(dependents or '[]')) do
    if key ~= jobKey and key ~= outerKey and not isCancelled(key) then return true end
  end
  return false
end

local taken = {}
for i = FIRST_JOB, #ARGV do
  local childBase, id = locateJob(ARGV[i], base, prefix)
  local name, finishedOn, result, parentKey, parent, manifest, dependents =
    fieldsOf(childBase .. id, 'name', 'finishedOn', 'result', 'parentKey', 'parent', 'manifest',
      'dependents')
  local goesOn = not name or finishedOn or result or not isChild(parentKey, parent)
    or hasOtherDependents(dependents)
  if not goesOn and takeCancelled(childBase, id, cancelId, failure, lockDuration) then
    taken[#taken + 1] = ARGV[i]
    taken[#taken + 1] = manifest and 1 or 0
  end
end
return taken
