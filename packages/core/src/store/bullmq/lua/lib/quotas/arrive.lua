-- A job comes to the tail of its lane, and so to its quotas (Q4).
--- @include "quota-order"
--- @include "turns"

-- So many jobs with quotas or rate limits may arrive in one call: more would hold up Redis for too
-- long.
local mayArrive = 250

-- Returns the priority of the job, and whether it waits for the turn of its key (Q9).
local function arriveAtQuotas(base, id)
  local names, priority = quotasOf(base .. id)
  if #names == 0 then return priority, false end
  mayArrive = mayArrive - 1
  local arrival = nextNumber(base, priority)
  if goesIntoLine(base, names, id, arrival) then return priority, true end
  noteArrival(base, id, arrival)
  noteComing(base, names, id, arrival)
  return priority, false
end
