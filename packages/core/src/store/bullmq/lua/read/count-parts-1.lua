--[[
  Counts parts of a composite by what they do: those by themselves, and those in packs. Tells some
  of them.

  KEYS: composite (not read)
  ARGV: base (of its lane), prefix, most (so many of a kind are told), then the names of the parts
  Reply: how many have completed, how many of these have failed, how many are active, how many are
         pending or wait for their turn, how many are not stored; which ones have failed, and which
         are active: their positions among the names, from 0
]]
--- @include "job-state"
local base, prefix, most = ARGV[1], ARGV[2], tonumber(ARGV[3])
local FIRST = 4
local counts, failed = { completed = 0, active = 0, pending = 0, gone = 0 }, 0
local failedParts, activeParts = {}, {}
-- The number of the part at hand among the names.
local current

local function tell(parts)
  if #parts < most then parts[#parts + 1] = current - FIRST end
end

local function count(state)
  counts[state] = counts[state] + 1
  if state == 'active' then tell(activeParts) end
end

-- Whether a job that has not ended is active (docs/protocol/lifecycle.md).
local function isActive(key, claims)
  if isHeld(key) or hasField(key, 'result') or hasField(key, 'manifest') then return true end
  local jobBase, id = splitJobKey(key)
  return claims > 0 and redis.call('ZSCORE', jobBase .. 'waiting-children', id) ~= false
end

local function countStored(key, claims, before, endedAt, reason)
  if endedAt then
    if reason then
      failed = failed + 1
      tell(failedParts)
    end
    return count('completed')
  end
  count(isActive(key, claimsOf(claims, before)) and 'active' or 'pending')
end

local function countPacked(pack, position)
  local state = stateInPack(pack, position)
  count(state == 'finished' and 'completed' or state == 'active' and 'active' or 'pending')
end

local pack
for i = FIRST, #ARGV do
  current = i
  local key = keyOfName(ARGV[i], base, prefix)
  -- Parts of one pack mostly follow each other.
  local position = pack and pack.keys[key]
  if not position then
    local name, claims, before, endedAt, reason = unpack(redis.pcall('HMGET', key, 'name', 'ats',
      'claimsBefore', 'finishedOn', 'failedReason'))
    if name then
      countStored(key, claims, before, endedAt, reason)
    else
      local other, found = packWith(splitJobKey(key))
      if other then pack, position = other, found else count('gone') end
    end
  end
  if position then countPacked(pack, position) end
end
return { counts.completed, failed, counts.active, counts.pending, counts.gone,
  failedParts, activeParts }
