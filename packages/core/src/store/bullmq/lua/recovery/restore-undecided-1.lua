--[[
  Puts recovery's own jobs back into the system lane: those that another program has removed before
  their decision was stored (O6), and those whose decision Redis has lost, but not their end.
  Forgets those that have ended, and those that hold no job any more. It can be repeated.

  KEYS: undecided (of the system lane)
  ARGV: systemBase, prefix, timestamp, then entries of undecided
  Reply: the ids of the jobs that were put back
  Events: 'waiting' in the system lane
]]
--- @include "job-state"
--- @include "remove-job"
--- @include "system-job"
local undecidedKey = KEYS[1]
local systemBase, prefix, timestamp = unpack(ARGV, 1, 3)
local FIRST_ENTRY = 4

-- Returns nil for an entry that is not Drover's: it names no job, or one outside the prefix (B1).
local function read(entry)
  local isJson, fields = pcall(cjson.decode, entry)
  if not isJson or type(fields) ~= 'table' then return nil end
  for i = 1, 5 do
    if type(fields[i]) ~= 'string' then return nil end
  end
  if string.sub(fields[2], 1, #prefix) ~= prefix then return nil end
  return fields
end

local function isUndecided(id, jobKey)
  local isRead, isOwned = pcall(isOwnedBy, jobKey, jobKey .. ':lock', id)
  return isRead and isOwned
end

-- 'gone', 'ended', or 'there': it waits, runs, or is a dead letter, which is left to the operator.
local function stateOf(id)
  if redis.call('EXISTS', systemBase .. id) == 0 then return 'gone' end
  local finishedOn = redis.pcall('HGET', systemBase .. id, 'finishedOn')
  return type(finishedOn) == 'string' and 'ended' or 'there'
end

local restored = {}
for i = FIRST_ENTRY, #ARGV do
  local entry = ARGV[i]
  local fields = read(entry)
  local id, jobKey, task, data, options = unpack(fields or {})
  local state = fields and isUndecided(id, jobKey) and stateOf(id) or 'ended'
  if state ~= 'there' then redis.call('ZREM', undecidedKey, entry) end
  -- A decision takes the lock away before its job ends. A lock that is still there means that Redis
  -- was restored, and has lost the decision.
  local isLost = fields and state == 'ended' and holderOf(jobKey .. ':lock') == id
  if isLost then
    redis.call('ZREM', systemBase .. 'completed', id)
    redis.call('ZREM', systemBase .. 'failed', id)
    deleteJobKeys(systemBase .. id)
  end
  if state == 'gone' or isLost then
    addSystemJob(systemBase, id, jobKey, task, data, options, timestamp)
    restored[#restored + 1] = id
  end
end
return restored
