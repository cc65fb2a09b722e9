--[[
  Removes jobs that have ended, with all that is stored of them (J9): by themselves, or from below one that is being removed.

  KEYS: the first of the jobs
  ARGV: above (JSON of the keys of the jobs that they stand below, the nearest one first; none where they stand by themselves), then the
        keys of the jobs
  Reply: how many were removed, then the keys of those below which others stand: these go first
]]
--- @include "job-key"
--- @include "job-keys"
--- @include "needed"
local allAbove = cjson.decode(ARGV[1])
local parentKey = allAbove[1]

-- One was let run again meanwhile, and keeps what stands below it (O3).
for _, key in ipairs(allAbove) do if isUnfinished(key) then return { 0 } end end

local left = { 0 }
for i = 2, #ARGV do
  local key = ARGV[i]
  local prefix, id = splitJobKey(key)
  local above, linked, partOf, finishedOn, neededBy =
    unpack(redis.call('HMGET', key, 'parentKey', 'linked', 'partOf', 'finishedOn', 'neededBy'))
  local isOwn
  if parentKey then isOwn = (above == parentKey or partOf == parentKey) and not linked
  else isOwn = standsByItself(above, partOf) end
  isOwn = isOwn and not isNeeded(neededBy)
  if isOwn and finishedOn and redis.call('EXISTS', key .. ':processed', key .. ':failed') > 0 then
    left[#left + 1] = key
  else
    if isOwn and finishedOn then
      redis.call('ZREM', prefix .. 'completed', id)
      redis.call('ZREM', prefix .. 'failed', id)
      deleteJobKeys(key)
      left[1] = left[1] + 1
    end
    if parentKey then
      redis.call('HDEL', parentKey .. ':processed', key)
      redis.call('HDEL', parentKey .. ':failed', key)
    end
  end
end
return left
