--[[
  Claims the next job of a lane; with BullMQ's own script where no job waits, the lane is limited,
  or the record of the next job is damaged. Delayed jobs that are due come after all jobs in `wait`
  (Q1). So they are moved only where `wait` is empty, and then before a job with a priority is
  claimed (Q7).

  KEYS: wait
  ARGV: base (of the lane), uuid (of the dispatcher; an agent adds `/<agent>`), timestamp,
        lockDuration,
        mayHaveDue ('1': to look for due jobs where `wait` is empty; '0'),
        takesPacks (see `plain-claim`), token
  Reply: { fields, jobId } of the claimed job; nil there is none;
         { fields or 0, jobId, when the next delayed job is due: ms since 1970, 0 for none } where
         due jobs were looked for
  Events: 'active'; 'waiting' for each due job, 'dead-letters' for each entry that is no job
]]
--- @bullmq "moveToActive"
--- @include "bullmq-call"
local base, uuid, timestamp, lockDuration, mayHaveDue, takesPacks, token = unpack(ARGV)
local TOKEN = 7

--- @include "plain-claim"

local function claim()
  local found, areLeft = claimPlain(base, uuid, timestamp, lockDuration, takesPacks, TOKEN)
  if #found == 0 and areLeft == 1 and redis.call('EXISTS', base .. 'wait') == 0 then
    promoteDue(base)
    found = claimPlain(base, uuid, timestamp, lockDuration, takesPacks, TOKEN)
  end
  if found[1] then return found end
  local options = bullOptions(token, uuid, lockDuration)
  local keys = bullKeys(base, base .. 'marker')
  local reply = moveToActive(keys, { base, timestamp, options }, shortFields)
  if type(reply[1]) == 'table' then
    addEnded(base, reply[2], reply[1])
    return { reply[1], reply[2] }
  end
end

local claimed = claim()
if claimed then wakeOthers(base) end
if claimed or mayHaveDue ~= '1' then return claimed end
local count = promoteDue(base)
claimed = count > 0 and claim() or { 0, '' }
local _, score = unpack(redis.call('ZRANGE', base .. 'delayed', 0, 0, 'WITHSCORES'))
claimed[3] = score and math.floor(tonumber(score) / 0x1000) or 0
return claimed
