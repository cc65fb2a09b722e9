--[[
  Reads the facts that decide whether jobs belong to a list of `queue.jobs()`, without the jobs.

  KEYS: source (the list that has the jobs; not read)
  ARGV: base, text (to look for in task, id and arguments; '' for none), then the ids of the jobs
  Reply: for each job its task ('' where there is none, B1), the number of its claims, whether it
         has suspended itself, whether it has its result (1 or 0), pb, waitingOwner, timestamp and
         finishedOn ('' for none), and whether it has the text (1 or 0; 2: its arguments are long,
         and were not looked at). The reply ends early where the arguments are long together.
]]
--- @include "job-state"
local base, text = ARGV[1], ARGV[2]
local FIRST = 3
-- In bytes.
local ENOUGH = 1000000

local read = 0
local function hasText(id, task, long)
  if text == '' or string.find(id, text, 1, true) or string.find(task, text, 1, true) then
    return 1
  end
  if long and isAmong(long, 'data') then return 2 end
  local data = redis.call('HGET', base .. id, 'data') or ''
  read = read + #data
  return string.find(data, text, 1, true) and 1 or 0
end

-- Whether the job has a field that says why it waits; an ended one waits no more.
local function has(key, field, endedAt)
  return not endedAt and redis.call('HEXISTS', key, field) or 0
end

local facts = {}
for i = FIRST, #ARGV do
  local id = ARGV[i]
  local key = base .. id
  local task, claims, before, dispatcher, owner, putAt, endedAt, long = unpack(redis.pcall(
    'HMGET', key, 'name', 'ats', 'claimsBefore', 'pb', 'waitingOwner', 'timestamp', 'finishedOn',
    'longFields'))
  if task then
    addAll(facts, task, claimsOf(claims, before), has(key, 'manifest', endedAt),
      has(key, 'result', endedAt), dispatcher or '', owner or '', putAt or '', endedAt or '',
      hasText(id, task, long))
  else
    addAll(facts, '', 0, 0, 0, '', '', '', '', 0)
  end
  if read > ENOUGH then break end
end
return facts
