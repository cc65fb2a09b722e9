-- Looks for a job of an agent with `tasks` in the wait list of a lane, from where the last call
-- came to. For the script `claim-tasks`, which defines what is used here: the looks that are left,
-- which job is for the agent, and how it is taken.
local waitKey = base .. 'wait'
-- A job is searched for, and taken, among so many at the head: in a longer part of the list that
-- would hold up Redis. The cursor is looked for near the place where it was before that.
local FAR, DRIFT = 100000, 500
-- { how many jobs are at the head up to here, id of the last of these }, the deepest first. All of
-- these jobs are others. The places are about a page apart.
local places = cursor.places or {}

-- Looks at jobs of the wait list, the last one first, of which the head of the lane has `before`
-- others. Returns how many it has passed, and whether the call is over.
local function pass(ids, before)
  for i = #ids, 1, -1 do
    local passed = #ids - i
    if left <= 0 then return passed, false end
    if isForUs(ids[i]) and take(ids[i], before + passed + 1) then
      return passed, true
    end
  end
  return #ids, false
end

-- Where a place of the cursor is now: jobs before it were claimed, or put back. Returns nil where
-- its job is gone.
local function findPlace(place, isFar)
  local count, jobId = place[1], place[2]
  if redis.call('LRANGE', waitKey, -count, -count)[1] == jobId then return count end
  if isFar then
    local at = redis.call('LPOS', waitKey, jobId, 'RANK', -1, 'MAXLEN', FAR)
    return at and redis.call('LLEN', waitKey) - at
  end
  local first = math.max(1, count - DRIFT)
  local near = redis.call('LRANGE', waitKey, -(count + DRIFT), -first)
  for i = #near, 1, -1 do
    if near[i] == jobId then return first + #near - i end
  end
end

-- Returns how many jobs at the head were looked at; the places that are lost go.
local function findCursor()
  for _, isFar in ipairs({ false, true }) do
    for i = 1, isFar and math.min(2, #places) or #places do
      local now = findPlace(places[i], isFar)
      if now then
        local moved, kept = now - places[i][1], {}
        -- Jobs were put at the head that no call has looked at.
        if moved > HEAD then return 0 end
        for k = i, #places do kept[#kept + 1] = { places[k][1] + moved, places[k][2] } end
        places = kept
        return now
      end
    end
  end
  return 0
end

-- Notes that the first `count` jobs of the lane are others; the last of them has that id.
local function notePlace(count, jobId)
  local first, second = places[1], places[2]
  if first and first[1] == count then return end
  if second and first[1] - second[1] < LOOKS then table.remove(places, 1) end
  table.insert(places, 1, { count, jobId })
  places[PLACES + 1] = nil
end

local function lookThrough()
  local head = redis.call('LRANGE', waitKey, -HEAD, -1)
  local before, isOver = pass(head, 0)
  if isOver then return true end
  local known = findCursor()
  if known == 0 then places = {} end
  if known <= before and before > 0 then
    places = {}
    notePlace(before, head[#head - before + 1])
  else before = known end
  while left > 0 do
    if before >= FAR then return false end
    local most = math.min(math.ceil(left), PAGE)
    local ids = redis.call('LRANGE', waitKey, -(before + most), -(before + 1))
    if #ids == 0 then return false end
    local passed
    passed, isOver = pass(ids, before)
    before = before + passed
    if passed > 0 then notePlace(before, ids[#ids - passed + 1]) end
    if isOver then return true end
  end
  result[4] = 1
  return true
end

-- Returns whether the call is over.
local function lookInWait()
  local isOver = lookThrough()
  cursor.places = places
  return isOver
end
