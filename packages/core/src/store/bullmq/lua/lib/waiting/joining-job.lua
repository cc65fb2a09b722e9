-- The way up from a job to the one that waits for it and for others: the joining job.
--- @include "job-key"

-- The joining job of those that are all below `outerKey`; nil where it is gone.
local function joinedBelow(outerKey)
  local joined, manifest, outerParentKey = unpack(redis.call('HMGET', outerKey, 'joined', 'manifest', 'parentKey'))
  -- What is called with the results waits for them as long as it has scheduled nothing itself.
  local joiningKey = joined and not manifest and outerParentKey or outerKey
  return redis.call('HEXISTS', joiningKey, 'name') == 1 and joiningKey or nil
end

-- Returns the keys of the joining job, of the job that all others are below (the one that is called
-- with them, or the joining job), and of the job's parent; nil where nobody waits for it. In a row
-- the parent is the next part: the outer one stands in `of`.
local function joiningJob(jobKey)
  local parentKey, parent = unpack(redis.call('HMGET', jobKey, 'parentKey', 'parent'))
  if not parentKey then return nil end
  local outerKey = parent and cjson.decode(parent)['of'] or parentKey
  local joiningKey = joinedBelow(outerKey)
  if not joiningKey then return nil end
  return joiningKey, outerKey, parentKey
end
