-- The field `parent` of a child, JSON. It has the parent's id, its queue, and what a failure of the
-- child means for it. BullMQ's finish reads it.
--- @include "job-key"

-- Returns `parent` of a child that gets a parent in the place of the one that it has. The rest
-- stays. A missing or a damaged one (B1) becomes one with `idof`: with this the end of a failed
-- child releases its parent too.
local function withParent(json, parentKey)
  local base, id = splitJobKey(parentKey)
  local isJson, parent = pcall(cjson.decode, json or '')
  parent = isJson and type(parent) == 'table' and parent or { idof = true }
  parent.id, parent.queueKey = id, string.sub(base, 1, -2)
  return cjson.encode(parent)
end
