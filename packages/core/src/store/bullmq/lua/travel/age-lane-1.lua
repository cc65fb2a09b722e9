--[[
  Makes the jobs of a lane so much older, as if that time had passed, and moves those that are due
  by then to the tail of the wait list in the order in which they became due (Q1). For tests. One
  call takes 1,000 jobs.

  KEYS: delayed
  ARGV: base (of the lane), ms, list, from: where the last call has ended; '' for the first call
  Reply: { list, from } the next call goes on there; { '', '' } all jobs are older
  Events: 'waiting' for each due job, 'dead-letters' for each due entry that is no job
]]
--- @include "age-record"
--- @include "bullmq-lists"
local delayedKey = KEYS[1]
local base, ms, list, from = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local MOST = 1000
local LISTS = { 'wait', 'prioritized', 'active', 'waiting-children', 'parked', 'dead-letters',
  'completed', 'failed', 'delayed', 'due' }
local SETS_BY_TIME = { ['waiting-children'] = true, completed = true, failed = true }
local left = MOST

local function ageScore(key, id, score, unit)
  redis.call('ZADD', key, string.format('%.0f', tonumber(score) - ms * unit), id)
end

-- Returns where the next page begins; nil: this was the last one.
local function ageList(name, start)
  local key, first = base .. name, tonumber(start) or 0
  local last = first + left - 1
  local ids
  if name == 'wait' or name == 'active' then ids = redis.call('LRANGE', key, first, last)
  elseif name == 'dead-letters' then
    ids = { unpack(redis.call('HKEYS', key), first + 1, last + 1) }
  else ids = redis.call('ZRANGE', key, first, last) end
  for _, id in ipairs(ids) do
    if SETS_BY_TIME[name] then ageScore(key, id, redis.call('ZSCORE', key, id), 1) end
    ageRecord(base .. id, ms)
  end
  left = left - #ids
  if left == 0 then return first + #ids end
end

-- The first jobs come first: none of them overtakes another one (Q1). Jobs of the same score stay
-- together.
local function ageDelayed(start)
  local page = redis.call('ZRANGEBYSCORE', delayedKey, start == '' and '-inf' or start, '+inf',
    'WITHSCORES', 'LIMIT', 0, left)
  local score = page[#page]
  if #page == 2 * left then
    page = redis.call('ZRANGEBYSCORE', delayedKey, start == '' and '-inf' or start, score,
      'WITHSCORES')
  end
  for i = 1, #page, 2 do
    ageScore(delayedKey, page[i], page[i + 1], 0x1000)
    ageRecord(base .. page[i], ms)
  end
  left = math.max(0, left - #page / 2)
  if left == 0 then return '(' .. score end
end

local function age(name, start)
  if name == 'delayed' then return ageDelayed(start) end
  if name ~= 'due' then return ageList(name, start) end
  local _, areLeft = promoteDue(base)
  markNextDue(base)
  if areLeft then return '' end
end

local begun = list == ''
for _, name in ipairs(LISTS) do
  begun = begun or name == list
  if begun then
    local following = age(name, name == list and from or '')
    if following then return { name, string.format('%s', following) } end
  end
end
return { '', '' }
