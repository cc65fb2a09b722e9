--[[
  Puts jobs into a lane, in order, each with the callbacks that it has already (J7). A job that is
  stored is left as it is, so that a put can be repeated. Redis's clock counts (Q2). A job whose key
  another job has is not stored, unless it may wait for that one (Q8).

  KEYS: the first job
  ARGV: base (of the lane),
        shared (JSON of the ids of jobs that others may have put; '' for none),
        call (where a job may replace another one: the same id again when the call is repeated
          after a lost reply; else ''),
        then for each job: id, task, args (JSON, or where it is staged), options, dueAt ('0': now),
          callbacks (JSON; '' for none)
  Reply: for each job that is not stored: its id, the key of the job in its place, and what that is:
         'elsewhere': others have put the job there, where it stays (J12); 'keep': it has the key of
         this one; 'replace': the same, and it has its arguments now; or, alone, where nothing is
         stored: 'refuse': it has the key of this one; 'other task': the same, and it cannot get
         the arguments of this one
  Events: 'added', and 'waiting' or 'delayed', for each job
]]
--- @include "keyed-put"
--- @include "new-job"
--- @include "staged"
local base, shared, call = ARGV[1], sharedIn(ARGV[2]), ARGV[3]
local FIRST, FIELDS = 4, 6

for i = FIRST, #ARGV, FIELDS do
  if areGone(ARGV[i + 2]) then return goneReply() end
end

-- Longer than a call waits for Redis. ms.
local KEPT = 600000

-- The answer to the put of a job that is not stored, and the job that has its key.
local function answerTo(id, task, keyed)
  if keyed.whenTaken == 'replace' then
    local found = redis.call('GET', base .. id .. ':replaced') or ''
    local by, replaced = string.match(found, '^(%S+) (.*)$')
    -- An earlier attempt of this call has done it. That job may have ended since.
    if by == call then return 'keep', replaced end
  end
  return answerToPut(base .. id, task, keyed)
end

-- Refusals come before the first write. The jobs before it in the call take their keys, too.
local taken = {}
for i = FIRST, #ARGV, FIELDS do
  local id, task, keyed = ARGV[i], ARGV[i + 1], keyedOptions(ARGV[i + 3])
  local how = keyed and keyed.whenTaken
  local mayRefuse = how == 'refuse' or how == 'replace'
  local isElsewhere = mayRefuse and shared[id] and putElsewhere(base .. id)
  if mayRefuse and not isElsewhere and redis.call('EXISTS', base .. id) == 0 then
    local answer, other = answerTo(id, task, keyed)
    if answer == 'take' and how == 'refuse' and taken[keyed.key] then
      answer, other = 'refuse', taken[keyed.key]
    end
    if answer == 'refuse' or answer == 'other task' then return { id, other, answer } end
  end
  if keyed then taken[keyed.key] = taken[keyed.key] or base .. id end
end

local count, reply = 0, {}
local function note(id, other, what) addAll(reply, id, other, what) end

-- Returns whether the key of a job leads to another one, which was noted.
local function isOfOther(at)
  local id, task, args, options, dueAt = unpack(ARGV, at, at + 4)
  local keyed = keyedOptions(options)
  if not keyed then return false end
  local answer, other = answerTo(id, task, keyed)
  -- Two jobs of the call may have one key, and different tasks.
  if answer == 'take' or answer == 'wait' then return false end
  if answer == 'replace' then
    replaceJob(other, args, options, dueAt, id)
    redis.call('SET', base .. id .. ':replaced', call .. ' ' .. other, 'PX', KEPT)
  end
  note(id, other, answer == 'replace' and answer or 'keep')
  return true
end

for i = FIRST, #ARGV, FIELDS do
  local id = ARGV[i]
  local key = base .. id
  local at = shared[id] and putElsewhere(key)
  if at then
    note(id, at, 'elsewhere')
  elseif redis.call('EXISTS', key) == 0 and not isOfOther(i) then
    if shared[id] then notePutAt(key) end
    newJobWithCallbacks(base, unpack(ARGV, i, i + FIELDS - 1))
    count = count + 1
  end
end
if count > 0 then noteBullQueue(base) end
return reply
