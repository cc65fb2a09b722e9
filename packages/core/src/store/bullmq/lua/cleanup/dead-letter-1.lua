--[[
  Makes a claimed job a dead letter, since its record is damaged or not Drover's (B1). It is then in
  no list, and stays as it is until an operator retries or drops it. Fenced by the job's holder.

  KEYS: job
  ARGV: jobId, base (of its lane), token ('' for a job without a holder), reason, timestamp
  Reply: 1 it is a dead letter; -6 another holder has the job
  Events: 'dead-letters'; 'waiting' for each job that gets a slot of a quota of this one
]]
--- @include "job-state"
--- @include "open-pack"
--- @include "quotas"
local name, base, token, reason, timestamp = unpack(ARGV)

local function readablePart(id) return (string.gsub(id, '[\128-\255]', '')) end

-- The id as Redis has it. A client has read an id that is not UTF-8 with U+FFFD for each unreadable
-- byte. The token says which of the jobs with the same readable part is meant.
local function rawId()
  if not string.find(name, '\239\191\189', 1, true) then return name end
  for _, id in ipairs(redis.call('LRANGE', base .. 'active', 0, -1)) do
    local isLike = readablePart(id) == readablePart(name)
    if isLike and (holderOf(base .. id .. ':lock') or '') == token then return id end
  end
  return name
end

-- Whether a job that has not ended is lost from every list. A foreign key has no job in it.
local function isInNoList(jobId)
  local key = base .. jobId
  if redis.call('TYPE', key).ok ~= 'hash' then return false end
  local task, finishedOn, deferred = fieldsOf(key, 'name', 'finishedOn', 'deferred')
  if not task or finishedOn or deferred then return false end
  for _, list in ipairs({ 'wait', 'active' }) do
    if type(redis.pcall('LPOS', base .. list, jobId)) == 'number' then return false end
  end
  for _, set in ipairs({ 'delayed', 'parked', 'prioritized', 'waiting-children' }) do
    if type(redis.pcall('ZSCORE', base .. set, jobId)) == 'string' then return false end
  end
  return not isDeadLetter(base, jobId)
end

local jobId = rawId()
local jobKey = base .. jobId
openFor(jobKey)
local lockKey = jobKey .. ':lock'
local holder = holderOf(lockKey)
if holder and holder ~= token then return -6 end
-- BullMQ's finish may have failed half-way on a damaged record: then the lock is gone, and the job
-- may be gone from the active list.
local isActive = type(redis.pcall('LPOS', base .. 'active', jobId)) == 'number'
if not isActive and not holder and not isInNoList(jobId) then return -6 end
-- This write comes first: where a later one fails, the job is not lost.
redis.call('HSET', base .. 'dead-letters', name,
  cjson.encode({ reason = reason, at = tonumber(timestamp) }))
if isActive then redis.call('LREM', base .. 'active', -1, jobId) end
redis.call('DEL', lockKey)
redis.call('SREM', base .. 'stalled', jobId)
-- The parts of a damaged pack are not pending.
uncountPack(base, jobId)
-- A record of another type holds no quota.
if redis.call('TYPE', jobKey).ok == 'hash' then pcall(freeQuotas, base, jobId) end
emit(base, 'dead-letters', name)
return 1
