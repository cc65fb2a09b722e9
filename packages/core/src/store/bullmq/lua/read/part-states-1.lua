--[[
  Tells what parts of a composite do: those by themselves, and those in packs.

  KEYS: composite (not read)
  ARGV: base (of its lane), prefix, then the names of the parts
  Reply: a letter for each part, in their order: s it has succeeded; f it has failed; a it is
         active; p it is pending, or its turn has not come; g it is not stored
]]
--- @include "job-state"
local base, prefix = ARGV[1], ARGV[2]
local FIRST = 3
local letters = {}

-- Whether a job that has not ended is active (docs/protocol/lifecycle.md).
local function isActive(key, claims)
  if isHeld(key) or hasField(key, 'result') or hasField(key, 'manifest') then return true end
  local jobBase, id = splitJobKey(key)
  return claims > 0 and redis.call('ZSCORE', jobBase .. 'waiting-children', id) ~= false
end

local function letterOfStored(key, claims, before, endedAt, reason)
  if endedAt then return reason and 'f' or 's' end
  return isActive(key, claimsOf(claims, before)) and 'a' or 'p'
end

local function letterInPack(pack, position)
  local state = stateInPack(pack, position)
  return state == 'finished' and 's' or state == 'active' and 'a' or 'p'
end

local pack
for i = FIRST, #ARGV do
  local letter = 'g'
  local key = keyOfName(ARGV[i], base, prefix)
  -- Parts of one pack mostly follow each other.
  local position = pack and pack.keys[key]
  if not position then
    local name, claims, before, endedAt, reason = unpack(redis.pcall('HMGET', key, 'name', 'ats',
      'claimsBefore', 'finishedOn', 'failedReason'))
    if name then
      letter = letterOfStored(key, claims, before, endedAt, reason)
    else
      local other, found = packWith(splitJobKey(key))
      if other then pack, position = other, found end
    end
  end
  if position then letter = letterInPack(pack, position) end
  letters[#letters + 1] = letter
end
return table.concat(letters)
