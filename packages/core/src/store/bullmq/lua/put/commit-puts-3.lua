--[[
  Stores the puts of a run together with the write that commits them: all, or none (J6). Fenced by
  the token of the run (I5). `by` names that write:
    'finish'     follows in the same MULTI. This script checks what the finish will check, and
                 changes the lock to another token, under which the finish is sent.
    'callbacks'  begin-callbacks follows in the same MULTI. This script refuses as it will refuse,
                 and does nothing where the job has no callbacks.
    'schedule'   the last chunk comes before it in the same MULTI.
    'once'       the result of a `local.once` (O5), which this script stores.

  KEYS: job (of the run), lock, active
  ARGV: token, by,
        detail ('finish': the other token; 'schedule': the number of chunks; 'once': the key;
          'callbacks': ''),
        result (of 'once': JSON),
        shared (JSON of the ids of jobs that others may have put, which stay where they are; ''
          for none),
        then for each job: base (of its lane), id, task, args, options, dueAt ('0': now),
        callbacks (JSON; '' for none),
        appendTo (the key of the composite that the job is appended to, and that the run is a part
          of; '' for none),
        entry (what the composite keeps of it)
  Reply: the number of puts; 0 nothing is to be done; -6 another holder has the job; -1, -2, -3, -4,
         -9 the write that follows would be refused so
  Events: 'added', and 'waiting' or 'delayed', for each job
]]
--- @include "append-part"
--- @include "callbacks"
local jobKey, lockKey, activeKey = KEYS[1], KEYS[2], KEYS[3]
local token, by, detail, result = unpack(ARGV, 1, 4)
local shared = sharedIn(ARGV[5])
local FIRST, FIELDS = 6, 9

local function isActive()
  local _, jobId = splitJobKey(jobKey)
  return redis.call('LPOS', activeKey, jobId, 'RANK', -1)
end

local holder = redis.call('GET', lockKey)
-- An earlier attempt has put the jobs, and its finish failed: only that is repeated.
if by == 'finish' and holder == detail then return 0 end
if not holder then return -2 end
if holder ~= token then return -6 end
if by == 'finish' then
  if redis.call('EXISTS', jobKey) == 0 then return -1 end
  if redis.call('SCARD', jobKey .. ':dependencies') ~= 0 then return -4 end
  if redis.call('ZCARD', jobKey .. ':unsuccessful') ~= 0 then return -9 end
  if not isActive() then return -3 end
elseif by == 'callbacks' then
  if #callbacksToRun(jobKey) == 0 then return 0 end
  if redis.call('SCARD', jobKey .. ':dependencies') ~= 0 then return -4 end
  if not isActive() then return -3 end
elseif by == 'schedule' then
  local scheduledChunks, putBy = fieldsOf(jobKey, 'scheduledChunks', 'putBy')
  -- The schedule was refused, or this is a repetition after a lost reply.
  if scheduledChunks ~= detail or putBy == token then return 0 end
elseif redis.call('HEXISTS', jobKey .. ':once', detail) == 1 then
  return 0
end

for i = FIRST, #ARGV, FIELDS do
  local base, id, task, args, options, dueAt, callbacks, appendTo, entry =
    unpack(ARGV, i, i + FIELDS - 1)
  local key = base .. id
  local isNew = not isStored(key)
  if isNew and not (shared[id] and putElsewhere(key)) then
    local isPut = true
    if appendTo == '' then newJob(base, id, task, args, options, dueAt)
    -- An appended job is not put where its composite has ended meanwhile.
    else isPut = appendPart(base, id, task, args, options, dueAt, jobKey, appendTo, entry) end
    if isPut and shared[id] then notePutAt(key) end
    if isPut and callbacks ~= '' then deferCallbacks(key, cjson.decode(callbacks), redisTime()) end
  elseif not isNew and appendTo == '' and hasField(key, 'parentKey') then
    -- The schedule of the run has created the job as a child. It was put by itself too.
    redis.call('HSET', key, 'linked', 1)
  end
end
if by == 'finish' then redis.call('SET', lockKey, detail, 'KEEPTTL')
elseif by == 'schedule' then redis.call('HSET', jobKey, 'putBy', token)
elseif by == 'once' then redis.call('HSET', jobKey .. ':once', detail, result) end
return (#ARGV - FIRST + 1) / FIELDS
