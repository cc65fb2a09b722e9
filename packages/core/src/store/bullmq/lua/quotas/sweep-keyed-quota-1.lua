--[[
  Does for some keys of a quota what `sweep-quotas` does for a quota (Q9), and lets the keys have
  their turns.

  KEYS: keys (the names of its keys that have jobs)
  ARGV: queueBase, quota (`team/`), cursor ('0' for the first call)
  Reply: the cursor of the next call; '0': all keys have been looked at
  Events: 'waiting' for each job that is woken, or whose turn has come
]]
--- @include "quotas"
local queueBase, quota, cursor = unpack(ARGV)
local PIECE = 50

local found = redis.call('HSCAN', KEYS[1], cursor, 'COUNT', PIECE)
-- The jobs on turn that are gone are of any key.
for _, base in ipairs(laneBases(queueBase)) do dropDeadFirst(base, quota) end
for i = 1, #found[2], 2 do sweepQuota(queueBase, found[2][i]) end
for _, base in ipairs(laneBases(queueBase)) do giveTurns(base, quota) end
return found[1]
