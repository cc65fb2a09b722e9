--[[
  Claims the next job of a lane whose task is among some, for an agent with `tasks` (D9), also from
  behind many others, which keep their places. One call looks at a bounded number of jobs. The
  cursor in its reply says how far it came (docs/protocol/claim.md).

  KEYS: wait
  ARGV: base (of the lane), uuid (of the dispatcher and its agent, `<uuid>/<agent>`), timestamp,
        lockDuration, token, tasks (JSON: their names), cursor (JSON, of the last reply; '{}' to
        begin at the head of the lane)
  Reply: { fields or 0, jobId or '', when the next delayed job is due (ms since 1970, 0 for none),
         goesOn (1: it has not looked at all jobs of the lane, 0), how many looks, cursor }
  Events: 'active'; 'waiting' for each due job, 'dead-letters' for each entry that is no job; those
         of a pack that is opened
]]
--- @include "open-pack"
--- @include "plain-claim"
local base, uuid, timestamp, lockDuration, token = unpack(ARGV, 1, 5)
-- One call looks at so many jobs. Reading so many bytes of a pack counts as a look.
local LOOKS, BYTES_OF_LOOK = 1000, 50
-- So many are read at once. Each call looks at the first ones of the lane again: jobs are put back
-- there.
local PAGE, HEAD = 200, 100
-- The cursor has so many places: the job at one of them may have been taken.
local PLACES = 8

local isWanted = {}
for _, task in ipairs(cjson.decode(ARGV[6])) do isWanted[task] = true end
-- places: see `look-in-wait`.
-- score, pc, ids: see `look-in-prioritized`. All of these jobs were looked at.
local cursor = cjson.decode(ARGV[7])
local left = LOOKS

local function hasWantedPart(packId)
  local pack = readPack(base, packId)
  if not pack then return false end
  left = left - #pack.data / BYTES_OF_LOOK
  local nextPart = #pack.values + 1
  -- Only the next step of a `serial` is pending.
  for i = nextPart, pack.inOrder and nextPart or #pack.parts do
    if pack.parts[i] and isWanted[pack.parts[i][2]] then return true end
  end
  return false
end

local function isForUs(jobId)
  left = left - 1
  local name = redis.pcall('HGET', base .. jobId, 'name')
  if name == PACK then return hasWantedPart(jobId) end
  return type(name) == 'string' and isWanted[name]
end

local result = { 0, '', 0, 0, 0, '' }

-- Claims a job that is for this agent. Returns whether the call is over. A damaged record is left
-- to agents without `tasks`. A pack is opened, and the next call finds its parts.
-- at: how far from the head of the wait list it is; nil for a job with a priority.
local function take(jobId, at)
  local fields, _, claims, _, manifest = readToClaim(base, jobId)
  if not fields then return false end
  if redis.call('HGET', base .. jobId, 'name') == PACK then
    openPack(readPack(base, jobId))
    result[4] = 1
    return true
  end
  if at then
    -- The end of the list that is nearer is searched.
    local side = at * 2 > redis.call('LLEN', base .. 'wait') and 1 or -1
    redis.call('LREM', base .. 'wait', side, jobId)
  else
    redis.call('ZREM', base .. 'prioritized', jobId)
  end
  lockClaimed(base, jobId, fields, token, uuid, timestamp, lockDuration, claims)
  addThenValue(base, jobId, fields, manifest)
  result[1], result[2] = fields, jobId
  return true
end

--- @include "look-in-wait"
--- @include "look-in-prioritized"

-- Whether BullMQ's rate limit of the lane is reached. It is no feature of Drover's.
local function isRateReached()
  local max = redis.call('HGET', base .. 'meta', 'max')
  return max and (tonumber(redis.call('GET', base .. 'limiter')) or 0) >= tonumber(max)
end

local function countStart()
  local max, duration = fieldsOf(base .. 'meta', 'max', 'duration')
  if max and redis.call('INCR', base .. 'limiter') == 1 then
    redis.call('PEXPIRE', base .. 'limiter', duration or 1000)
  end
end

local function look()
  if isPausedOrFull(base) or isRateReached() then return end
  if lookInWait() then return end
  -- Due jobs come after those in `wait`, and before those with a priority (Q1, Q7).
  if promoteDue(base) > 0 then
    result[4] = 1
    return
  end
  lookInPrioritized()
  local _, score = unpack(redis.call('ZRANGE', base .. 'delayed', 0, 0, 'WITHSCORES'))
  result[3] = score and math.floor(tonumber(score) / 0x1000) or 0
end

look()
if result[1] ~= 0 then
  countStart()
  wakeOthers(base)
end
result[5] = math.ceil(LOOKS - left)
result[6] = cjson.encode(cursor)
return result
