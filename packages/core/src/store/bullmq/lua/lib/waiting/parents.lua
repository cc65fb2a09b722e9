-- The way up from a part to the job that waits for it.
--
-- The **joining job** scheduled the parts: it has their names in its manifest, waits for them and
-- reads their results. The **outer job** is the one right above the parts: the postprocess, where
-- there is one, else the joining job itself. In a `parallel` every part has the outer job as its
-- BullMQ parent (`parentKey`), which BullMQ releases at the part's end. In a `serial` the BullMQ
-- parent of a part is the next part, and only the last part has the outer job. So each part of a
-- `serial` also has the key of the outer job, in `of` of the JSON that BullMQ keeps in `parent`.
--- @include "job-key"

-- The joining job of the parts below an outer job; nil where it is gone.
local function joinedBelow(outerKey)
  local chunks, outerParentKey = fieldsOf(outerKey, 'scheduledChunks', 'parentKey')
  -- A postprocess that has scheduled jobs itself is the joining job of those.
  local isAbove = outerParentKey and not chunks and hasField(outerKey, 'joined')
  local joiningKey = isAbove and outerParentKey or outerKey
  return isStored(joiningKey) and joiningKey or nil
end

-- Returns the keys of the joining job, the outer job and the BullMQ parent; nil where no job waits.
local function joiningJob(jobKey)
  local parentKey, parent = fieldsOf(jobKey, 'parentKey', 'parent')
  if not parentKey then return nil end
  local outerKey = parent and cjson.decode(parent).of or parentKey
  local joiningKey = joinedBelow(outerKey)
  if not joiningKey then return nil end
  return joiningKey, outerKey, parentKey
end

-- The outer job of a part, from its fields. parent: JSON; a damaged one counts as empty (B1).
local function outerAbove(parentKey, parent)
  local isJson, kept = pcall(cjson.decode, parent or '{}')
  return isJson and type(kept) == 'table' and type(kept.of) == 'string' and kept.of or parentKey
end

-- Whether a job is a child of jobKey, by its fields. An abandoned job is no child any more, and has
-- no parent.
local function isChildOf(jobKey, outerKey, parentKey, parent)
  return parentKey and (parentKey == jobKey or outerAbove(parentKey, parent) == outerKey)
end

local function isUnfinished(key)
  if not key then return false end
  local name, finishedOn = fieldsOf(key, 'name', 'finishedOn')
  return name and not finishedOn
end

-- Keeps a part with its composite although it is no child any more, since the composite was stopped
-- or aborted: retention removes both together (J9).
local function keepWith(jobKey, partKey)
  redis.call('HSET', partKey, 'partOf', jobKey)
  -- Retention finds the ended children of a job in these hashes of BullMQ's.
  local value, reason = fieldsOf(partKey, 'returnvalue', 'failedReason')
  if reason then redis.call('HSET', jobKey .. ':failed', partKey, reason)
  else redis.call('HSET', jobKey .. ':processed', partKey, value or 'null') end
end

-- Whether no stored job has this one as its part, now (parentKey) or formerly (partOf).
local function standsByItself(parentKey, partOf)
  return not (parentKey and redis.call('EXISTS', parentKey) == 1
    or partOf and redis.call('EXISTS', partOf) == 1)
end

-- Whether a former dependent has not ended, or the joining job above it (J5, J9).
-- neededBy: JSON of the dependents' keys.
local function isNeeded(neededBy)
  for _, key in ipairs(keysIn(neededBy)) do
    if isUnfinished(key) or isUnfinished((joiningJob(key))) then return true end
  end
  return false
end
