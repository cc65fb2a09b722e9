--[[
  Frees the slots that a run took, after a write that ended its claim (Q5). It does nothing while
  the claim lasts, or where another claim has taken the slots since, so that it can be repeated.

  KEYS: job, lock
  ARGV: token, base (of the lane's keys), jobId, finishToken (the token that the write was sent under,
    if another; '' else)
  Reply: 1, or 0 while the claim lasts
  Events: 'waiting' for each job that is woken
]]
--- @include "quotas"
local lockKey = KEYS[2]
local token, base, jobId, finishToken = unpack(ARGV)

local holder = redis.call('GET', lockKey)
if holder and (holder == token or holder == finishToken) then return 0 end
-- One that has its result holds nothing, whichever of its claims took the slots.
if redis.call('HEXISTS', KEYS[1], 'finishedOn') == 1 or redis.call('HEXISTS', KEYS[1], 'result') == 1 then token = nil end
-- It was let run again at once, and stands at the head of its lane. Later means that it waits for
-- its time without a place.
local function placeOf()
  if not token then return nil end
  if holder then return 'leave' end
  for _, set in ipairs({ 'delayed', 'parked', 'waiting-children' }) do
    if redis.call('ZSCORE', base .. set, jobId) then return nil end
  end
  local isPutBack = redis.call('EXISTS', KEYS[1]) == 1 and redis.call('HEXISTS', base .. 'dead-letters', jobId) == 0
  return isPutBack and 'keep' or nil
end
freeQuotas(base, jobId, token, placeOf())
return 1
