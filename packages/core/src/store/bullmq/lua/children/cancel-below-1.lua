--[[
  Takes the jobs below a cancelled one, whatever their status (O1). What has its result keeps it;
  what others wait for too, which are not cancelled, goes on (J5); what another cancel holds is
  taken from that one. It can be repeated, by the process that cancels and by the drover.cancel job.

  KEYS: job (above)
  ARGV: cancelId, base (of the keys of its lane), prefix (of all keys), failure (JSON),
        lockDuration, outer (the name of the job that is called with the others; '' for none), then
        names of jobs
  Reply: the names of those that the cancel holds, each followed by whether it waits for others (1
         or 0); -6 where somebody else holds the job above
  Events: 'waiting' for each job that waited for a quota of one of these and is woken
]]
--- @include "named-job"
--- @include "take-cancelled"
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

local function othersWait(dependents)
  for _, key in ipairs(cjson.decode(dependents or '[]')) do
    if key ~= jobKey and key ~= outerKey and not isCancelled(key) then return true end
  end
  return false
end

local taken = {}
for i = FIRST_JOB, #ARGV do
  local jobBase, id = placeOf(ARGV[i], base, prefix)
  local name, finishedOn, result, parentKey, parent, manifest, dependents =
    unpack(redis.call('HMGET', jobBase .. id, 'name', 'finishedOn', 'result', 'parentKey', 'parent', 'manifest', 'dependents'))
  local goesOn = not name or finishedOn or result or not isBelow(parentKey, parent) or othersWait(dependents)
  if not goesOn and takeCancelled(jobBase, id, cancelId, failure, lockDuration) then
    taken[#taken + 1] = ARGV[i]
    taken[#taken + 1] = manifest and 1 or 0
  end
end
return taken
