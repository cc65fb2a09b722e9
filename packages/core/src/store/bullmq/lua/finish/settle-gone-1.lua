--[[
  Settles dependencies that another program has removed. BullMQ's tools know one parent of a job,
  and no origins, so dependents would wait for ever (J5, J12). Each such dependency counts as
  removed.

  KEYS: waiting-children (of the lane)
  ARGV: base (of the lane), prefix, then the ids of jobs that wait
  Reply: the ids of the jobs that had such a dependency
  Events: 'removed' for each such dependency; 'waiting' for each job that has no dependencies left
]]
--- @include "remove-job"
local base, prefix = ARGV[1], ARGV[2]
local FIRST = 3
-- How many dependencies of a job are looked at: some first, more where one of them is gone. Living
-- jobs leave the set when they end, so the others are found in the end.
local SOME, MANY = 10, 1000
-- Deeper nesting of origins and callbacks counts as damage.
local MAX_DEPTH = 100

-- Whether a job is gone, or will never come or run, since its origin or the job whose callback it
-- is is gone. A damaged record does not count as gone (B1).
local function isGone(key, depth)
  if depth > MAX_DEPTH or string.sub(key, 1, #prefix) ~= prefix then return false end
  local fields = redis.pcall('HMGET', key, 'name', 'storedBy', 'deferred', 'callbackOf')
  if fields.err then return false end
  local name, storedBy, deferred, callbackOf = unpack(fields)
  if name then return deferred and callbackOf and isGone(callbackOf, depth + 1) end
  if redis.call('EXISTS', key) == 0 then return true end
  return storedBy and isGone(storedBy, depth + 1)
end

-- The entries that `schedule` and `stopJoining` add are no jobs.
local function isJobKey(key)
  local _, id = splitJobKey(key)
  return id and id ~= 'stopped' and string.sub(id, 1, 11) ~= 'scheduling-'
end

-- A foreign key in the place of the set has no dependencies (B1).
local function goneAmong(dependenciesKey, count)
  local keys, gone = redis.pcall('SRANDMEMBER', dependenciesKey, count), {}
  for _, key in ipairs(keys) do
    if isJobKey(key) and isGone(key, 0) then gone[#gone + 1] = key end
  end
  return gone
end

-- The outer job (see `parents`) of the dependencies. In a `serial` a part that waits for its turn
-- has no manifest, and has the outer job in `parent`.
local function outerOf(waitingKey)
  local chunks, parent = fieldsOf(waitingKey, 'scheduledChunks', 'parent')
  return chunks and waitingKey or outerAbove(waitingKey, parent)
end

local found = {}
for i = FIRST, #ARGV do
  local waitingKey = base .. ARGV[i]
  local dependenciesKey = waitingKey .. ':dependencies'
  if #goneAmong(dependenciesKey, SOME) > 0 then
    local outerKey = outerOf(waitingKey)
    for _, key in ipairs(goneAmong(dependenciesKey, MANY)) do
      removeJob(key, redisTime(), waitingKey, outerKey)
    end
    found[#found + 1] = ARGV[i]
  end
end
return found
