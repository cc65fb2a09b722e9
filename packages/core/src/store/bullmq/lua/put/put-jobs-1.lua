--[[
  Puts jobs into a lane, in order, each with the callbacks that it has already (J7). What is there
  is left as it is, so that a put can be repeated. They are put by Redis's clock (Q2).

  KEYS: the first job
  ARGV: prefix (of the lane), shared (JSON of the ids of those that others may have put; '' for
        none), then for each job: id, task, args, options, dueAt ('0': now), callbacks (JSON; '' for
        none)
  Reply: the keys of those that others have put elsewhere: these are left there (J12)
  Events: 'added', and 'waiting' or 'delayed', for each of them
]]
--- @include "defer-callbacks"
--- @include "new-job"
--- @include "put-at"
local prefix, shared = ARGV[1], sharedIn(ARGV[2])
local now = redisTime()
local FIRST, FIELDS = 3, 6

local count, elsewhere = 0, {}
for i = FIRST, #ARGV, FIELDS do
  local id, callbacks = ARGV[i], ARGV[i + 5]
  local at = shared[id] and putElsewhere(prefix .. id)
  if at then
    elsewhere[#elsewhere + 1] = at
  elseif redis.call('EXISTS', prefix .. id) == 0 then
    if shared[id] then notePutAt(prefix .. id) end
    newJob(prefix, unpack(ARGV, i, i + 4))
    if callbacks ~= '' then deferCallbacks(prefix .. id, cjson.decode(callbacks), now) end
    count = count + 1
  end
end
if count > 0 then
  -- As BullMQ's adding scripts leave them: tools find queues by these keys.
  redis.call('INCR', prefix .. 'id')
  redis.call('HSETNX', prefix .. 'meta', 'opts.maxLenEvents', 10000)
end
return elsewhere
