-- Reads what keeps a lane, a quota or a key from letting a job begin (O4).
--- @include "begin-deadline"
--- @include "job-brief"
--- @include "job-place"
--- @include "key-entries"
--- @include "quotas"

-- So many holders of a quota are named.
local MOST_HOLDERS = 10

-- A pause of the lane, and BullMQ's own limits of it: the most active jobs (0: no limit), and
-- whether its rate limit is reached.
local function limitsOf(base)
  local _, queueBase = splitBase(base)
  local found = redis.pcall('HMGET', base .. 'meta', 'paused', 'concurrency', 'max')
  if found.err then found = {} end
  local paused, most, max = unpack(found)
  local starts = max and redis.pcall('GET', base .. 'limiter')
  local count = type(starts) == 'string' and tonumber(starts) or 0
  local pausedAt = redis.pcall('GET', queueBase .. ':paused-at')
  return {
    isPaused = paused and 1 or 0,
    pausedAt = type(pausedAt) == 'string' and pausedAt or '',
    most = tonumber(most or '') or 0,
    active = lengthOf(base .. 'active'),
    isRateReached = count > 0 and count >= (tonumber(max) or 0) and 1 or 0,
  }
end

-- Some holders of a quota, as briefs, and their number.
local function holdersOf(prefix, queueBase, name)
  local key = holdersKey(queueBase, name)
  local count, jobs = redis.call('HLEN', key), {}
  local members = redis.call('HSCAN', key, 0, 'COUNT', MOST_HOLDERS)[2]
  for i = 1, math.min(#members, 2 * MOST_HOLDERS), 2 do
    jobs[#jobs + 1] = briefOf(prefix .. members[i])
  end
  return jobs, count
end

-- The number of keys of the lane that have their turns before that of a name (Q9); -1 where the
-- key does not wait for its turn: it is full, or has a job on turn.
local function keysBefore(base, name)
  local turnsKey = laneKey(base, keyedQuotaOf(name), 'turns')
  local number = redis.pcall('ZSCORE', turnsKey, name)
  if type(number) ~= 'string' then return -1 end
  return redis.call('ZCOUNT', turnsKey, '-inf', '(' .. number)
end

-- The job of a key that is on turn, as a brief; {} for none.
local function jobOnTurn(base, name)
  local id = unpack(redis.call('ZRANGE', laneKey(base, name, 'turn'), 0, 0))
  return id and briefOf(base .. id) or {}
end

-- The number of jobs in a set of a lane before a place.
local function countBefore(base, name, what, arrival)
  return redis.call('ZCOUNT', laneKey(base, name, what), '-inf', '(' .. arrival)
end

-- Adds to the facts of a rate limit its settings, and when it opens, in ms since 1970 (0: not by
-- time). max: -1 where the limit is gone.
local function addRate(facts, queueBase, name)
  local max, duration = rateOf(queueBase, name)
  facts.name, facts.max, facts.duration = rateLimitOf(name), max or -1, duration or 0
  local isOpen = (freeStarts(queueBase, name) or 0) > 0
  facts.isOpen = isOpen and 1 or 0
  facts.opensAt = isOpen and 0 or math.ceil(opensAt(queueBase, name) or 0)
  facts.isClosed = closedUntil(queueBase, name) > exactTime() and 1 or 0
  return facts
end

-- The quota, and else the rate limit (Q9), in whose queue, or in the line of whose key, a parked
-- job is; nil where it waits for none. size: -1 where the quota is gone; before: the jobs of its
-- lane before it there; reserved: the free slots that are for jobs of its lane which came before;
-- turn, in the line of a key: { the number of keys before its own, the job of its key on turn };
-- isOpen, of a rate limit: whether a job may start now.
local function quotaOf(base, id)
  local prefix, queueBase = splitBase(base)
  for _, name in ipairs(quotasOf(base .. id)) do
    for _, what in ipairs({ 'queued', 'line' }) do
      local arrival = redis.pcall('ZSCORE', laneKey(base, name, what), id)
      if type(arrival) == 'string' then
        local facts = {
          reserved = countBefore(base, name, 'woken', arrival)
            + countBefore(base, name, 'coming', arrival),
          before = countBefore(base, name, what, arrival),
          turn = what == 'line' and { keysBefore(base, name), jobOnTurn(base, name) } or nil,
        }
        if rateLimitOf(name) then return nil, addRate(facts, queueBase, name) end
        facts.name = name
        facts.size = tonumber(sizeOfQuota(queueBase, name)) or -1
        facts.holders, facts.held = holdersOf(prefix, queueBase, name)
        return facts
      end
    end
  end
  return nil
end

-- The key for which a parked job waits, and the job that has it: { key, holder }; holder: {} where
-- that one is gone. Nil where it waits for no key.
local function awaitedKey(jobKey)
  local key = keyAwaitedBy(jobKey)
  if not key then return nil end
  local holder = redis.call('HGET', (keyHashes(jobKey)), key)
  return { key = key, holder = holder and hasKey(holder, key) and briefOf(holder) or {} }
end

-- By when a pending job must have begun, in ms since 1970; nil for no such time. The turns of very
-- many children are not compared: the entry among the deadlines is near enough.
local function deadlineOf(base, id)
  local jobKey = base .. id
  local _, queueBase = splitBase(base)
  local score = scoreIn(queueBase .. ':begin-by', laneOf(base) .. '/' .. id)
  local children = redis.call('HLEN', jobKey .. ':processed')
    + redis.call('HLEN', jobKey .. ':failed')
  return score and (children <= MOST_LOOKED_AT and beginDeadline(jobKey) or score)
end
