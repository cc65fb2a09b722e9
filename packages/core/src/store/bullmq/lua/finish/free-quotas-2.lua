--[[
  Frees the slots that a run took, after the write that ended its claim (Q5). It does nothing while
  the claim lasts, or where another claim has taken the slots since. So it can be repeated.

  KEYS: job, lock
  ARGV: token, base (of its lane), jobId,
        finishToken (the other token under which that write was sent; '' for none)
  Reply: 1 the slots are free; 0 the claim lasts
  Events: 'waiting' for each job that may try now
]]
--- @include "quotas"
local jobKey, lockKey = KEYS[1], KEYS[2]
local token, base, jobId, finishToken = unpack(ARGV)

local holder = redis.call('GET', lockKey)
if holder and (holder == token or holder == finishToken) then return 0 end
-- A job that has its result holds no slot, whichever of its claims took it.
local hasResult = hasField(jobKey, 'finishedOn') or hasField(jobKey, 'result')
if hasResult then token = nil end

-- A job that was let run again at once is at the head of its lane, and keeps its number. A job that
-- waits for a time loses it.
local function orderOf()
  if hasResult then return nil end
  if holder then return 'leave' end
  for _, set in ipairs({ 'delayed', 'parked', 'waiting-children' }) do
    if redis.call('ZSCORE', base .. set, jobId) then return nil end
  end
  local isPutBack = redis.call('EXISTS', jobKey) == 1
    and redis.call('HEXISTS', base .. 'dead-letters', jobId) == 0
  return isPutBack and 'keep' or nil
end
freeQuotas(base, jobId, token, orderOf())
return 1
