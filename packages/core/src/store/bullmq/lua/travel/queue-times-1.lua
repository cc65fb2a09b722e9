--[[
  Says whether dispatchers have something to do in a queue now, and when the next time comes at
  which they will. For tests.

  KEYS: schedules (of the queue)
  ARGV: prefix, queueBase
  Reply: { now, next (ms since 1970; 0: no time is to come), due schedules (names with where they
         stand and by how much their clocks are ahead), lane, list, jobId, count }: the last four
         for a lane that an active dispatcher serves and in which jobs run (`active`), are due
         (`wait`) or late (`begin-by`), or wait for a rate limit that is open by now (`opening`: its
         name is in the place of the id); '' there is none
]]
--- @include "job-key"
--- @include "redis-time"
--- @include "schedule-clock"
local schedulesKey = KEYS[1]
local prefix, queueBase = ARGV[1], ARGV[2]
local now = redisTime()
local following = math.huge

-- The bases of the lanes that active dispatchers serve.
local function basesServed()
  local served = {}
  local queue = string.sub(queueBase, #prefix + 1)
  local active = redis.call('ZRANGEBYSCORE', prefix .. 'dispatchers', now, '+inf')
  for _, uuid in ipairs(active) do
    local queues, lanes = fieldsOf(prefix .. 'dispatcher:' .. uuid, 'queues', 'lanes')
    for _, name in ipairs(keysIn(queues)) do
      if name == queue then
        served[queueBase .. '/system:'] = true
        served[queueBase .. ':'] = true
      end
    end
    for _, name in ipairs(keysIn(lanes)) do served[prefix .. name .. ':'] = true end
  end
  return served
end

local function noteNext(time)
  if time and time > now then following = math.min(following, time) end
end

local function lookAtDelayed(base)
  local first = string.format('%.0f', (now + 1) * 0x1000)
  local found = redis.call('ZRANGEBYSCORE', base .. 'delayed', first, '+inf', 'WITHSCORES',
    'LIMIT', 0, 1)
  noteNext(found[2] and math.floor(tonumber(found[2]) / 0x1000))
end

-- What a dispatcher of the lane has to do: a list, the id of a job, and how many; nil for nothing.
local function workIn(base)
  local running = redis.call('LLEN', base .. 'active')
  if running > 0 then
    return 'active', redis.call('LRANGE', base .. 'active', -1, -1)[1], running
  end
  if hasField(base .. 'meta', 'paused') then return nil end
  local waiting = redis.call('LLEN', base .. 'wait') + redis.call('ZCARD', base .. 'prioritized')
  if waiting > 0 then
    local first = redis.call('LRANGE', base .. 'wait', -1, -1)[1]
    return 'wait', first or redis.call('ZRANGE', base .. 'prioritized', 0, 0)[1], waiting
  end
  local due = redis.call('ZRANGEBYSCORE', base .. 'delayed', '-inf',
    string.format('%.0f', (now + 1) * 0x1000 - 1), 'LIMIT', 0, 1)
  if due[1] then return 'delayed', due[1], 1 end
end

local served = basesServed()
local work
local lanes = { '', '/system' }
for _, lane in ipairs(redis.call('SMEMBERS', queueBase .. ':lanes')) do
  lanes[#lanes + 1] = '/' .. lane
end
for _, lane in ipairs(lanes) do
  local base = queueBase .. lane .. ':'
  lookAtDelayed(base)
  if not work and served[base] then
    local list, jobId, count = workIn(base)
    if list then work = { lane, list, jobId, count } end
  end
end

local deadlinesKey = queueBase .. ':begin-by'
local later = redis.call('ZRANGEBYSCORE', deadlinesKey, '(' .. string.format('%.0f', now), '+inf',
  'WITHSCORES', 'LIMIT', 0, 1)
noteNext(tonumber(later[2] or nil))
local late = redis.call('ZRANGEBYSCORE', deadlinesKey, '-inf', string.format('%.0f', now),
  'LIMIT', 0, 1)
if not work and late[1] and served[queueBase .. '/system:'] then
  work = { '', 'begin-by', string.match(late[1], '[^/]*$'), 1 }
end

local openingKey = queueBase .. ':rate-limits:opening'
local opening = redis.call('ZRANGE', openingKey, 0, 0, 'WITHSCORES')
noteNext(opening[2] and math.ceil(tonumber(opening[2])))
if not work and opening[2] and tonumber(opening[2]) <= now and served[queueBase .. '/system:'] then
  work = { '', 'opening', opening[1], 1 }
end

local dueSchedules = {}
local schedules = redis.call('ZRANGE', schedulesKey, 0, -1, 'WITHSCORES')
for i = 1, #schedules, 2 do
  local name, score = schedules[i], schedules[i + 1]
  local ahead = aheadOf(queueBase .. ':schedule:' .. name, score)
  local comesAt = tonumber(score) - ahead
  if comesAt > now then noteNext(comesAt)
  else
    dueSchedules[#dueSchedules + 1] = name
    dueSchedules[#dueSchedules + 1] = score
    dueSchedules[#dueSchedules + 1] = string.format('%.0f', ahead)
  end
end

work = work or { '', '', '', 0 }
return { now, following < math.huge and following or 0, dueSchedules, unpack(work) }
