-- Finds which jobs a job waits for (O4). The cost is bounded: of many jobs it reads some, and gives
-- a number that they have at least.
--- @include "job-brief"

-- So many dependencies are counted, and so many steps of a chain are followed.
local MOST_COUNTED = 1000
-- So many jobs are named.
local MOST_NAMED = 10

-- The members of `dependencies`, in order; some of them where there are very many. Returns also
-- how many there are. A foreign key in the place of the set has none (B1).
local function dependenciesOf(key)
  local count = redis.pcall('SCARD', key .. ':dependencies')
  if type(count) ~= 'number' then return {}, 0 end
  if count > MOST_COUNTED then
    return redis.call('SRANDMEMBER', key .. ':dependencies', MOST_NAMED), count
  end
  local members = redis.call('SMEMBERS', key .. ':dependencies')
  table.sort(members)
  return members, count
end

-- How many parts of a pack have not ended; nil for any other job.
local function leftInPack(key)
  local _, id = splitJobKey(key)
  -- The id of a pack is a UUID of version 8.
  if string.sub(id or '', 15, 15) ~= '8' then return nil end
  local found = redis.pcall('HMGET', key, 'name', 'packParts')
  if found.err or found[1] ~= PACK then return nil end
  local ended = redis.pcall('LLEN', key .. ':values')
  return (tonumber(found[2] or '') or 1) - (type(ended) == 'number' and ended or 0)
end

-- Names the parts of a pack that are next: of a `serial` one.
local function namePacked(found, key)
  local pack = readPack(splitJobKey(key))
  if not pack then return end
  local first = #pack.values + 1
  for i = first, pack.inOrder and first or #pack.parts do
    if #found.jobs >= MOST_NAMED or not pack.parts[i] then return end
    found.jobs[#found.jobs + 1] = briefInPack(pack, i)
  end
end

local function addWaited(found, key)
  local _, id = splitJobKey(key)
  -- These entries are no jobs: one stands for chunks of parts that are to come, and one keeps a
  -- stopped postprocess from its turn.
  if string.sub(id or '', 1, 11) == 'scheduling-' then
    found.isScheduling = 1
    return
  end
  if id == 'stopped' then return end
  local packed = leftInPack(key)
  found.left = found.left + (packed or 1)
  if packed then namePacked(found, key)
  elseif #found.jobs < MOST_NAMED then found.jobs[#found.jobs + 1] = briefOf(key) end
end

-- Whether a job, or a pack, has not had its turn: it waits, and was never claimed.
local function waitsForTurn(key)
  local base, id = splitJobKey(key)
  local found = redis.pcall('HMGET', key, 'name', 'ats', 'claimsBefore')
  if found.err or not found[1] or claimsOf(found[2], found[3]) > 0 then return false end
  return type(redis.pcall('ZSCORE', base .. 'waiting-children', id)) == 'string'
end

-- Returns { left, isAtLeast, jobs, isScheduling }: how many jobs have not ended, and those of them
-- that can go on. chainKey: the job that waits; it follows jobs that wait for their turn, such as
-- the later steps of a `serial`. thenKey: its postprocess, which counts as none of them.
local function waitedBy(chainKey, thenKey)
  local found = { left = 0, isAtLeast = 0, jobs = {}, isScheduling = 0 }
  local key = chainKey
  for _ = 1, MOST_COUNTED do
    local members, count = dependenciesOf(key)
    local only = count == 1 and members[1]
    if not only or not waitsForTurn(only) then
      for _, member in ipairs(members) do
        if member ~= thenKey then addWaited(found, member) end
      end
      if count > #members then found.left, found.isAtLeast = found.left + count - #members, 1 end
      return found
    end
    key = only
    if key ~= thenKey then found.left = found.left + (leftInPack(key) or 1) end
  end
  found.isAtLeast = 1
  return found
end
