-- The same among the jobs with a priority. The cursor is a score: all jobs up to it were looked at,
-- when BullMQ's counter was `pc`. `ids` has some of them, each { its score, its id }.
local prioritizedKey = base .. 'prioritized'
local LEVEL = 0x100000000

local function inPriority(from, to, most)
  return redis.call('ZRANGEBYSCORE', prioritizedKey, from, to, 'LIMIT', 0, most)
end

-- Returns whether the call is over, and whether it has looked at all of these.
local function passPrioritized(ids)
  for _, jobId in ipairs(ids) do
    if left <= 0 then return false, false end
    if isForUs(jobId) and take(jobId) then return true, false end
  end
  return false, true
end

local function inFull(score) return string.format('%.0f', score) end

-- Whether the set has kept a job since the last call. Else BullMQ may have begun to count anew.
local function isSameSet()
  for _, seen in ipairs(cursor.ids or {}) do
    if redis.call('ZSCORE', prioritizedKey, seen[2]) == seen[1] then return true end
  end
  return false
end

-- Looks at jobs that came since the last call to priorities which were looked at: those put back
-- before all others, and those with a higher count. Returns whether the call is over, and whether
-- it has looked at all of them.
local function lookAtNew()
  local from = '-inf'
  while left > 0 do
    local found = redis.call('ZRANGEBYSCORE', prioritizedKey, from, cursor.score, 'WITHSCORES',
      'LIMIT', 0, 1)
    if #found == 0 then return false, true end
    local lowest = math.floor(tonumber(found[2]) / LEVEL) * LEVEL
    local last = math.min(lowest + LEVEL - 1, tonumber(cursor.score))
    local isOver = passPrioritized(inPriority(inFull(lowest), inFull(lowest), HEAD))
    if isOver then return true end
    local most = math.max(1, math.ceil(left))
    local new = inPriority('(' .. inFull(lowest + cursor.pc), inFull(last), most)
    local isWhole
    isOver, isWhole = passPrioritized(new)
    if isOver or not isWhole or #new == most then return isOver, false end
    from = inFull(lowest + LEVEL)
    left = left - 1
  end
  return false, false
end

local function lookInPrioritized()
  local pc = tonumber(redis.call('GET', base .. 'pc')) or 0
  local isNew = not cursor.score or pc < cursor.pc or not isSameSet()
  if not isNew then
    local isOver, isWhole = lookAtNew()
    if isOver then return end
    isNew = not isWhole
  end
  if isNew then cursor.score, cursor.ids = nil, {} end
  cursor.pc = pc
  while left > 0 do
    local after = cursor.score and '(' .. cursor.score or '-inf'
    local found = redis.call('ZRANGEBYSCORE', prioritizedKey, after, '+inf', 'WITHSCORES', 'LIMIT',
      0, math.min(math.ceil(left), 200))
    if #found == 0 then return end
    for i = 1, #found, 2 do
      local isOver, isPassed = passPrioritized({ found[i] })
      if isOver then return end
      if not isPassed then break end
      cursor.score = found[i + 1]
      if i == 1 or i == #found - 1 then
        table.insert(cursor.ids, 1, { found[i + 1], found[i] })
        cursor.ids[PLACES + 1] = nil
      end
    end
  end
  result[4] = 1
end
