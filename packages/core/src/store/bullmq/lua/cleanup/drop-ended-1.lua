--[[
  Removes ended jobs with all their keys (J9): jobs that stand by themselves, or children of a job
  that is being removed. A job with children of its own is left: these are removed first.

  KEYS: the first of the jobs
  ARGV: parent (the key of the job whose children these are; '' for jobs by themselves),
        composites (JSON of the keys of the composites above them, at any height),
        then the keys of the jobs
  Reply: the number of removed jobs, then of each that has children: its key, and whether it is a
         composite (1 or 0)
]]
--- @include "parents"
--- @include "remove-job"
local parentKey, composites = ARGV[1], cjson.decode(ARGV[2])
local FIRST_JOB = 3

-- A parent that was let run again meanwhile keeps its children (O3).
if parentKey ~= '' and isUnfinished(parentKey) then return { 0 } end
for _, key in ipairs(composites) do if isUnfinished(key) then return { 0 } end end

local left = { 0 }
for i = FIRST_JOB, #ARGV do
  local key = ARGV[i]
  local base, id = splitJobKey(key)
  local above, linked, partOf, finishedOn, neededBy =
    fieldsOf(key, 'parentKey', 'linked', 'partOf', 'finishedOn', 'neededBy')
  local mayGo
  if parentKey == '' then mayGo = standsByItself(above, partOf)
  else mayGo = (above == parentKey or partOf == parentKey) and not linked end
  mayGo = mayGo and not isNeeded(neededBy) and finishedOn
  if mayGo and redis.call('EXISTS', key .. ':processed', key .. ':failed') > 0 then
    left[#left + 1] = key
    left[#left + 1] = redis.call('HEXISTS', key, 'manifest')
  else
    if mayGo then
      redis.call('ZREM', base .. 'completed', id)
      redis.call('ZREM', base .. 'failed', id)
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
