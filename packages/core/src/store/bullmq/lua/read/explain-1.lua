--[[
  Reads the facts that say why a job is not done (O4). It costs the same however many jobs the queue
  has. The facts of dispatchers are read apart.

  KEYS: lanes (the set of the queue's lanes)
  ARGV: base (of the main lane), lanesBase (begins the keys of the other lanes, up to the lane's
        name), systemLane, jobId, expectedBase (of the lane where the job is to be),
        then the keys of its origins, nearest first
  Reply: JSON, as in read-facts.ts
]]
--- @include "dependents"
--- @include "lane-limits"
--- @include "parents"
--- @include "waited-jobs"
local lanesKey = KEYS[1]
local base, lanesBase, systemLane, jobId, expectedBase = unpack(ARGV)
local FIRST_ORIGIN = 6
local FIELDS = { 'name', 'opts', 'processedOn', 'finishedOn', 'failedReason', 'failure', 'ats',
  'atm', 'verdict', 'waitingOwner', 'callbackOf', 'parentKey', 'parent', 'interruptions', 'dueAt' }

local bases = { expectedBase, base, lanesBase .. systemLane .. ':' }
for _, lane in ipairs(redis.call('SMEMBERS', lanesKey)) do
  bases[#bases + 1] = lanesBase .. lane .. ':'
end

-- The base of the lane where the job is stored, by itself or in a pack. Another holder of it may
-- have put it into another queue (J12).
local function find()
  for _, each in ipairs(bases) do
    local isThere = redis.pcall('HEXISTS', each .. jobId, 'name') == 1
    if isThere then return each end
    local pack, position = packWith(each, jobId)
    if pack then return each, pack, position end
  end
  local elsewhere = putElsewhere(expectedBase .. jobId)
  return elsewhere and string.match(elsewhere, '^(.*:)[^:]*$')
end

-- Facts of a job that is not stored: whether it may come, or who has taken it out.
local function missing()
  local key, origins = expectedBase .. jobId, {}
  for i = FIRST_ORIGIN, #ARGV do origins[#origins + 1] = ARGV[i] end
  local facts = { now = redisTime() }
  for _, each in ipairs(bases) do
    local replaced = redis.pcall('GET', each .. jobId .. ':replaced')
    if type(replaced) == 'string' then facts.replaced = string.match(replaced, ' (.*)$') end
    if redis.call('EXISTS', each .. jobId .. ':pulled') == 1 then facts.isPulled = 1 end
  end
  if #origins == 0 then return facts end
  local chain, why, originKey = comesFrom(key, origins)
  facts.why, facts.origin = why, briefOf(originKey or chain[#chain])
  return facts
end

-- A system job that holds a job, and the token of its own holder.
local function deciderOf(id)
  if not id or not string.find(id, '^.+%.%a+%.%d+$') then return nil end
  local systemBase = lanesBase .. systemLane .. ':'
  local letter = redis.pcall('HGET', systemBase .. 'dead-letters', id)
  return { job = briefOf(systemBase .. id), lock = holderOf(systemBase .. id .. ':lock') or '',
    letter = type(letter) == 'string' and letter or '' }
end

-- The job to which a job that waits for its turn belongs: of a `serial` the root of the chain, and
-- for that the composite where the root is the postprocess.
local function outerOf(fields)
  if fields.callbackOf then return briefOf(fields.callbackOf) end
  if not fields.parentKey then return nil end
  local outer = outerAbove(fields.parentKey, fields.parent)
  local joined, parentKey = unpack(redis.pcall('HMGET', outer, 'joined', 'parentKey'))
  return briefOf(joined and parentKey or outer)
end

local function readFields(key, pack, position)
  local fields = {}
  if pack then
    local flat = fieldsInPack(pack, position)
    for i = 1, #flat, 2 do
      if flat[i] ~= 'data' and flat[i] ~= 'returnvalue' then fields[flat[i]] = flat[i + 1] end
    end
    return fields
  end
  local long = redis.call('HGET', key, 'longFields') or ''
  for _, field in ipairs(FIELDS) do
    local value = not isAmong(long, field) and redis.call('HGET', key, field)
    if value then fields[field] = value end
  end
  return fields
end

local foundBase, pack, position = find()
if not foundBase then return cjson.encode(missing()) end
local key = foundBase .. jobId
local carrierId = pack and pack.id or jobId
local carrierKey = foundBase .. carrierId
local facts = { now = redisTime(), key = key, fields = readFields(key, pack, position),
  brief = briefOf(key) }
local state = facts.brief[3]
if state == 'finished' then return cjson.encode(facts) end

facts.lock = pack and (pack.token or '') or holderOf(key .. ':lock') or ''
facts.limits = limitsOf(foundBase)
local decidesBy = facts.lock ~= '' and facts.lock or facts.fields.waitingOwner
facts.decider = deciderOf(decidesBy)
if state ~= 'active' then facts.place, facts.at = placeOf(foundBase, carrierId) end
if facts.place == 'parked' then
  facts.quota, facts.rateLimit = quotaOf(foundBase, jobId)
  facts.awaitedKey = awaitedKey(key)
end
local unknown = redis.pcall('HGET', foundBase .. 'unknown', carrierId)
if type(unknown) == 'string' then facts.unknown = unknown end
if not pack then facts.beginBy = deadlineOf(foundBase, jobId) end

-- A long manifest has the names elsewhere: they are not counted here.
local manifest = not pack and manifestOf(key)
if manifest then
  local name = string.match(manifest, '"then":"([^"]*)"')
  local thenKey = name and keyOfName(name, foundBase, splitBase(foundBase))
  local names = string.match(manifest, '"jobs":(%[".-"%])') or '[]'
  local _, more = string.gsub(names, '","', '')
  facts.manifest = { isLong = redis.call('HEXISTS', key, 'shortManifest'), thenKey = thenKey,
    parts = names == '[]' and 0 or more + 1, chunks = string.match(manifest, '"chunks":(%d+)') }
  if thenKey then facts.manifest.postprocess = briefOf(thenKey) end
end
if state == 'waiting-children' then
  if pack and position > #pack.values + 1 and pack.state ~= 'waiting-children' then
    facts.waited = { left = position - 1 - #pack.values, isAtLeast = 0, isScheduling = 0,
      jobs = { briefInPack(pack, #pack.values + 1) } }
  else
    facts.waited = waitedBy(carrierKey, facts.manifest and facts.manifest.thenKey)
  end
end
if facts.brief[4] == 0 then
  facts.outer, facts.isPostprocess = outerOf(facts.fields), redis.call('HEXISTS', key, 'joined')
end
return cjson.encode(facts)
