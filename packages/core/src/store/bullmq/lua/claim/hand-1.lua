--[[
  Ends jobs of a slot with their values, gives back others, and claims the next ones of the lane
  (docs/protocol/hands.md). Each job is fenced by its own token (I5): a refused one changes nothing
  for the others.

  KEYS: wait
  ARGV: base (of the lane), uuid (of the dispatcher; an agent adds `/<agent>`), timestamp,
        lockDuration,
        how many jobs are ended, how many are given back, takesPacks (see `plain-claim`),
        then for each job to end: jobId, token, '0' and its value (JSON); of a pack how many
          values are not stored yet, and these;
        for each to give back, the one that comes first in the end: jobId, token;
        then the tokens of the claims
  Reply: { for each job to end: 1 it has ended; 0 `finish` has to end it; -1, -2, -3, -6 refused },
         areLeft (1: another claim may find a job; 0), then fields, jobId, fields, jobId … of the
         claimed jobs
  Events: 'completed', 'waiting', 'active' and 'drained', as BullMQ's
]]
--- @include "end-pack"
--- @include "open-pack"
--- @include "plain-claim"
--- @include "plain-end"
local base, uuid, timestamp, lockDuration = unpack(ARGV, 1, 4)
local endCount, backCount, takesPacks = tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7]
local at = 8

local ended, hasEnded, isLeft = {}, false, false
if endCount > 0 then trimEvents(base) end
for _ = 1, endCount do
  local jobId, token, count = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2])
  local last = at + 2 + math.max(count, 1)
  local values = { unpack(ARGV, at + 3, last) }
  at = last + 1
  local reply
  if count > 0 then
    reply = endPack(base, jobId, token, values, timestamp)
  else
    if isTokenInPack(token) then openFor(base .. jobId) end
    reply = endPlain(base, jobId, token, values[1], timestamp)
  end
  ended[#ended + 1] = reply
  hasEnded = hasEnded or reply == 1
  isLeft = isLeft or reply == 0
end
local firstToken = at + 2 * backCount
-- The last one first: each goes to the head of the lane, or of its priority.
for i = firstToken - 2, at, -2 do
  local jobId, token = ARGV[i], ARGV[i + 1]
  if isTokenInPack(token) then openFor(base .. jobId) end
  local refusal, priority = refusalOf(base, jobId, token)
  if not refusal then
    endClaim(base, jobId)
    forgetClaim(base .. jobId)
    putBack(base, jobId, priority, 0, 0)
  end
end
local claims, areLeft = {}, 1
-- The callbacks that an end by `finish` begins come before the other jobs of the lane (J7).
if firstToken <= #ARGV and not isLeft then
  claims, areLeft = claimPlain(base, uuid, timestamp, lockDuration, takesPacks, firstToken)
end
local isEmpty = not wakeOthers(base)
if isEmpty and hasEnded and redis.call('LLEN', base .. 'active') == 0 then
  redis.call('XADD', base .. 'events', '*', 'event', 'drained')
end
return { ended, areLeft, unpack(claims) }
