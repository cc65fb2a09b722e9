--[[
  Removes pending jobs of one list of a lane, the next ones first (Q11). These stay:
  - jobs that have begun, and dead letters;
  - jobs that conclude one that has begun: callbacks (J7), postprocesses, and jobs with a verdict;
  - jobs that were put after the call began, so that it ends.
  A pack is opened first. A call handles few jobs, so that it holds up Redis for a few ms.

  KEYS: list ('wait', 'prioritized', 'delayed' or 'parked' of the lane)
  ARGV: base (of the lane), skip (the number of entries at the head of the list that stay),
        before (ms since 1970: when the call began)
  Reply: { the number of removed jobs, the number of entries at the head that stay, of the entries
         that were looked at, the number of packs that were opened, 1 there are more entries; 0 }
  Events: 'removed' for each job; 'waiting' for each job that has no dependencies left
]]
--- @include "open-pack"
--- @include "remove-pending"
local listKey, base, skip, before = KEYS[1], ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
-- The price of a call, and of each thing that it does: about so many hundredths of a ms.
local MOST, OPENED, LOOK = 400, 100, 1
-- So many entries are read at once.
local PAGE = 50

local isList = redis.call('TYPE', listKey).ok == 'list'

-- The next entries, the first one first.
local function nextEntries()
  if not isList then return redis.pcall('ZRANGE', listKey, skip, skip + PAGE - 1) end
  local entries, ids = redis.call('LRANGE', listKey, -skip - PAGE, -skip - 1), {}
  for i = #entries, 1, -1 do ids[#ids + 1] = entries[i] end
  return ids
end

-- Whether a job belongs to one that has begun, and is none of its parts.
local function concludes(joined, callbackOf, verdict)
  return callbackOf or verdict or joined and joined ~= '[]'
end

-- Returns whether a job may be removed, and whether it is a pack. A damaged record stays: it
-- becomes a dead letter when it is claimed (B1).
local function mayGo(jobId)
  local fields = redis.pcall('HMGET', base .. jobId, 'name', 'timestamp', 'joined', 'callbackOf',
    'verdict', 'packParts')
  if fields.err or not fields[1] then return false end
  local isLater = (tonumber(fields[2] or 0) or 0) > before
  return not isLater and not concludes(fields[3], fields[4], fields[5]), fields[6]
end

local spent, removed, opened = 0, 0, 0
local entries = nextEntries()
while #entries > 0 and spent < MOST do
  for _, jobId in ipairs(entries) do
    spent = spent + LOOK
    local isToGo, isPack = mayGo(jobId)
    local pack = isToGo and isPack and not isHeld(base .. jobId) and readPack(base, jobId)
    if pack then
      openPack(pack)
      opened, spent = opened + 1, spent + OPENED
      break
    end
    local price = isToGo and not isPack and removalPrice(base, jobId)
    local isGone = price and removeOrSetAside(base, jobId)
    if isGone then removed, spent = removed + 1, spent + price + skip / 1000
    else skip = skip + 1 end
    if spent >= MOST then break end
  end
  entries = nextEntries()
end
return { removed, skip, opened, #entries > 0 and 1 or 0 }
