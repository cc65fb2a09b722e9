--[[
  Removes jobs that have ended, with all that is stored of them (J9): by themselves, or from below
  one that is being removed.

  KEYS: the first of the jobs
  ARGV: parent (the key of the job that they stand below; '' for those that stand by themselves),
        composites (JSON of the keys of the composites that they are below, at any depth), then the
        keys of the jobs
  Reply: how many were removed, then of those below which others stand the key and whether it is a
    composite (1 or 0): these go first
]]
--- @include "job-key"
--- @include "job-keys"
--- @include "needed"
local parentKey, composites = ARGV[1], cjson.decode(ARGV[2])
local FIRST_JOB = 3

-- One was let run again meanwhile, and keeps what stands below it (O3).
if parentKey ~= '' and isUnfinished(parentKey) then return { 0 } end
for _, key in ipairs(composites) do if isUnfinished(key) then return { 0 } end end

local left = { 0 }
for i = FIRST_JOB, #ARGV do
  local key = ARGV[i]
  local prefix, id = splitJobKey(key)
  local above, linked, partOf, finishedOn, neededBy =
    unpack(redis.call('HMGET', key, 'parentKey', 'linked', 'partOf', 'finishedOn', 'neededBy'))
  local isOwn
  if parentKey == '' then isOwn = standsByItself(above, partOf)
  else isOwn = (above == parentKey or partOf == parentKey) and not linked end
  isOwn = isOwn and not isNeeded(neededBy)
  if isOwn and finishedOn and redis.call('EXISTS', key .. ':processed', key .. ':failed') > 0 then
    left[#left + 1] = key
    left[#left + 1] = redis.call('HEXISTS', key, 'manifest')
  else
    if isOwn and finishedOn then
      redis.call('ZREM', prefix .. 'completed', id)
      redis.call('ZREM', prefix .. 'failed', id)
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
