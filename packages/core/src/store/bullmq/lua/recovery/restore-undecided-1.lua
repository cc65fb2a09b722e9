--[[
  Puts recovery's own jobs back into the system lane where another program has removed them before
  their decision was stored (O6), or where Redis has lost the decision, and not the end of the job
  that made it. Forgets those that have ended, and those that hold no job any more. Can be repeated.

  KEYS: undecided (of the system lane)
  ARGV: systemPrefix, root (stands before every key under the prefix), timestamp, then entries of
    undecided
  Reply: the ids of the jobs that were put back
  Events: 'waiting' in the system lane
]]
--- @include "owned-by"
--- @include "job-keys"
--- @include "lock-holder"
--- @include "system-job"
local undecidedKey = KEYS[1]
local systemPrefix, root, timestamp = unpack(ARGV, 1, 3)
local FIRST_ENTRY = 4

-- Of an entry that is not Drover's nothing is known: it names no job, or one outside the prefix
-- (B1).
local function read(entry)
  local isJson, told = pcall(cjson.decode, entry)
  if not isJson or type(told) ~= 'table' then return nil end
  for i = 1, 5 do
    if type(told[i]) ~= 'string' then return nil end
  end
  if string.sub(told[2], 1, #root) ~= root then return nil end
  return told
end

local function isUndecided(id, jobKey)
  local isRead, held = pcall(isOwnedBy, jobKey, jobKey .. ':lock', id)
  return isRead and held
end

-- 'gone', 'ended', or 'there': it waits, runs, or is a dead letter, which is the operator's to retry or
-- drop.
local function stateOf(id)
  if redis.call('EXISTS', systemPrefix .. id) == 0 then return 'gone' end
  local finishedOn = redis.pcall('HGET', systemPrefix .. id, 'finishedOn')
  return type(finishedOn) == 'string' and 'ended' or 'there'
end

local restored = {}
for i = FIRST_ENTRY, #ARGV do
  local entry = ARGV[i]
  local told = read(entry)
  local id, jobKey, task, data, options = unpack(told or {})
  local state = told and isUndecided(id, jobKey) and stateOf(id) or 'ended'
  if state ~= 'there' then redis.call('ZREM', undecidedKey, entry) end
  -- A decision takes the lock away before the job that made it ends: a server that was restored can
  -- have lost it.
  local isLost = told and state == 'ended' and holderOf(jobKey .. ':lock') == id
  if isLost then
    redis.call('ZREM', systemPrefix .. 'completed', id)
    redis.call('ZREM', systemPrefix .. 'failed', id)
    deleteJobKeys(systemPrefix .. id)
  end
  if state == 'gone' or isLost then
    addSystemJob(systemPrefix, id, jobKey, task, data, options, timestamp)
    restored[#restored + 1] = id
  end
end
return restored
