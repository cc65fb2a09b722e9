--[[
  Changes a job that is pending, or whose turn has not come (Q12). The first of this and a claim
  wins.

  KEYS: job
  ARGV: base (of its lane), jobId,
        call (the same id again when a call is repeated after a lost reply),
        args (JSON, or where it is staged; '' where they stay),
        before (the options that it has, JSON as it is stored; '' where they stay),
        options (those that it gets, JSON),
        names (of the options that change, with spaces between),
        dueAt (its `beginAfter` in ms since 1970; '0' for none)
  Reply: 1 it is changed, by this call or an earlier attempt of it; its options, where they are
         others than `before`: nothing is changed; 0 it is not pending; -1 there is no such job; -2
         its arguments are fixed, since it has run before; -3 it is a dead letter; -4 it has a
         verdict, and ends when its turn comes
  Events: 'waiting' or 'delayed' where it moves; 'waiting' for each job that gets a slot of a quota
]]
--- @include "move-pending"
--- @include "open-pack"
--- @include "staged"
local jobKey = KEYS[1]
local base, jobId, call, args, before, options, names, dueAt = unpack(ARGV)

-- A part that runs or has ended stays in its pack.
local pack, position = nil, nil
if isFree(jobKey) then pack, position = packWith(base, jobId) end
local state = pack and stateInPack(pack, position)
if state == 'finished' or state == 'active' then return 0 end
openFor(jobKey)

if not hasField(jobKey, 'data') then return -1 end
local updatedBy, finishedOn, result, chunks, verdict, ended =
  fieldsOf(jobKey, 'updated', 'finishedOn', 'result', 'scheduledChunks', 'verdict', 'atm')
-- The job may have been claimed since the attempt whose reply was lost.
if updatedBy == call then return 1 end
if finishedOn or result or chunks or isHeld(jobKey) then return 0 end
if verdict then return -4 end
if isDeadLetter(base, jobId) then return -3 end
if args ~= '' and (tonumber(ended or 0) or 0) > 0 then return -2 end
local current = redis.call('HGET', jobKey, 'opts')
if before ~= '' and before ~= current then return current end
if areGone(args) then return goneReply() end

local stagedKey = stagedKeyIn(args)
if stagedKey then takeStaged(jobKey, stagedKey)
elseif args ~= '' then redis.call('HSET', jobKey, 'data', args) end
redis.call('HSET', jobKey, 'updated', call)
if before ~= '' then changeOptions(base, jobId, options, names, tonumber(dueAt)) end
return 1
