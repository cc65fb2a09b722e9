-- Finds in which list a job stands, and how many are before it (O4). No command looks at more than
-- a thousand entries of a list.
--- @include "job-key"
--- @include "redis-time"

local MOST_LOOKED_AT = 1000

-- Whether one of the first entries of a list is this job. side: 1 for the left end, -1 for the
-- right one. Returns its index from the left; nil for none. A foreign key has no entries (B1).
local function positionIn(listKey, id, side)
  local found = redis.pcall('LPOS', listKey, id, 'RANK', side, 'MAXLEN', MOST_LOOKED_AT)
  return type(found) == 'number' and found or nil
end

local function lengthOf(listKey)
  local length = redis.pcall('LLEN', listKey)
  return type(length) == 'number' and length or 0
end

local function scoreIn(setKey, id)
  local score = redis.pcall('ZSCORE', setKey, id)
  return type(score) == 'string' and tonumber(score) or nil
end

-- Returns the place of a job without a lock: its list, and how many jobs are claimed before it; nil
-- where they are not counted. 'beyond': it stands behind the entries that were looked at. 'none':
-- it is in no list. With 'dead-letters' comes the entry, with 'later' the time in ms since 1970.
local function placeOf(base, id)
  local letter = redis.pcall('HGET', base .. 'dead-letters', id)
  if type(letter) == 'string' then return 'dead-letters', letter end
  if scoreIn(base .. 'parked', id) then return 'parked' end
  local waiting = lengthOf(base .. 'wait')
  local score = scoreIn(base .. 'delayed', id)
  if score then
    local dueAt = math.floor(score / 0x1000)
    if dueAt > redisTime() then return 'later', dueAt end
    return 'due', waiting + redis.call('ZCOUNT', base .. 'delayed', '-inf',
      string.format('(%.0f', score))
  end
  local priority = redis.pcall('ZSCORE', base .. 'prioritized', id)
  if type(priority) == 'string' then
    return 'wait', waiting + redis.call('ZCOUNT', base .. 'prioritized', '-inf', '(' .. priority)
  end
  if scoreIn(base .. 'waiting-children', id) then return 'waiting-children' end
  -- The next job is the one at the right.
  local position = positionIn(base .. 'wait', id, -1)
  if position then return 'wait', waiting - 1 - position end
  if positionIn(base .. 'paused', id, -1) then return 'wait' end
  if positionIn(base .. 'active', id, 1) then return 'active' end
  local longest = math.max(waiting, lengthOf(base .. 'active'), lengthOf(base .. 'paused'))
  if longest > MOST_LOOKED_AT then return 'beyond' end
  return 'none'
end
