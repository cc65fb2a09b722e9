--[[
  Puts the jobs that a run has put, with what commits them: all of them, or none (J6). Fenced by the
  run's token (I5). What commits them is one of four: 'finish'     in one MULTI, before it: checks
  what it will check, and leaves the lock with another token, for the finish 'callbacks'  in one
  MULTI, before the result is stored and the callbacks begin: as that will be refused; nothing where
  there are none 'schedule'   in one MULTI, after its last chunk 'once'       something that the run
  does once (O5): its result is stored here

  KEYS: job (whose run it is), lock, active
  ARGV: token, what commits them, detail (the other token; ''; the number of chunks; the key),
        result (JSON, of 'once'), shared (JSON of the ids of those that others may have put, which
        are left where they are; '' for none), then for each job: prefix (of its lane), id, task,
        args, options, dueAt ('0': now), callbacks (JSON; '' for none), appendTo (the key of the job
        that is to wait for it, and of which the run is a part; '' for none), entry (what that keeps
        of it)
  Reply: the number of jobs put; -6 where somebody else holds the job; -1, -2, -3, -4, -9: what is
    to follow would be refused so
  Events: 'added', and 'waiting' or 'delayed', for each job
]]
--- @include "callbacks-to-run"
--- @include "defer-callbacks"
--- @include "job-key"
--- @include "append-part"
--- @include "put-at"
local jobKey, lockKey, activeKey = KEYS[1], KEYS[2], KEYS[3]
local token, by, detail, result = unpack(ARGV, 1, 4)
local shared = sharedIn(ARGV[5])
local FIRST, FIELDS = 6, 9

local function isActive()
  local _, jobId = splitJobKey(jobKey)
  return redis.call('LPOS', activeKey, jobId, 'RANK', -1)
end

local holder = redis.call('GET', lockKey)
-- They were put, and the finish failed: it is repeated.
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
  local scheduledChunks, putBy = unpack(redis.call('HMGET', jobKey, 'scheduledChunks', 'putBy'))
  -- The schedule was refused; or it is repeated after a lost reply.
  if scheduledChunks ~= detail or putBy == token then return 0 end
elseif redis.call('HEXISTS', jobKey .. ':once', detail) == 1 then
  return 0
end

for i = FIRST, #ARGV, FIELDS do
  local prefix, id, task, args, options, dueAt, callbacks, appendTo, entry = unpack(ARGV, i, i + FIELDS - 1)
  local key = prefix .. id
  local isNew = redis.call('HEXISTS', key, 'name') == 0
  if isNew and not (shared[id] and putElsewhere(key)) then
    -- Where nobody waits for it any more it is not put at all: what it was to be a part of has
    -- ended.
    local isPut = true
    if appendTo == '' then newJob(prefix, id, task, args, options, dueAt)
    else isPut = appendPart(prefix, id, task, args, options, dueAt, jobKey, appendTo, entry) end
    if isPut and shared[id] then notePutAt(key) end
    if isPut and callbacks ~= '' then deferCallbacks(key, cjson.decode(callbacks), redisTime()) end
  elseif not isNew and appendTo == '' and redis.call('HEXISTS', key, 'parentKey') == 1 then
    -- The run waits for a job that it has put, and which its schedule has created: it is a job of
    -- its own all the same.
    redis.call('HSET', key, 'linked', 1)
  end
end
if by == 'finish' then redis.call('SET', lockKey, detail, 'KEEPTTL')
elseif by == 'schedule' then redis.call('HSET', jobKey, 'putBy', token)
elseif by == 'once' then redis.call('HSET', jobKey .. ':once', detail, result) end
return (#ARGV - FIRST + 1) / FIELDS
