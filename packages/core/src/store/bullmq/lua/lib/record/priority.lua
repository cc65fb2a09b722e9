-- The priority of a job (Q7), as BullMQ counts: 0 for none, before all others; then 1 before 2. The
-- option `priority` is the first one in `opts`. The field `priority` says where the job stands in
-- its lane now: it is 0 from when the job waits for others. Such a job holds finished work, and
-- perhaps slots of quotas, so it is claimed next when it is woken.
--- @include "meta"

-- The priority among the options of a job, JSON; nil for none.
local function priorityIn(options)
  return tonumber(string.match(options or '', '^{"priority":(%d+)'))
end

-- The priority of a field; a damaged one counts as 0 (B1).
local function toPriority(value)
  local priority = tonumber(value) or 0
  return priority > 0 and priority or 0
end

local function priorityOf(key) return toPriority(redis.pcall('HGET', key, 'priority')) end

-- The order of priorities, as BullMQ's scores: jobs of one priority in the order of `number`.
local function inOrderOf(priority, number)
  return string.format('%.0f', priority * 0x100000000 + number % 0x100000000)
end

-- The options of a child of a job whose options are `outer`: with the priority and the `meta` of
-- that, where the child has none of its own.
local function withOptionsOf(outer, options)
  local priority, found = priorityIn(outer), withMetaOf(outer, options)
  if not priority or priorityIn(found) then return found end
  local rest = found == '{}' and '}' or ',' .. string.sub(found, 2)
  return string.format('{"priority":%.0f', priority) .. rest
end
