--[[
  Puts jobs into a lane, in order, each with the callbacks that it has already (J7). A job that is
  stored is left as it is, so that a put can be repeated. Redis's clock counts (Q2).

  KEYS: the first job
  ARGV: base (of the lane),
        shared (JSON of the ids of jobs that others may have put; '' for none),
        then for each job: id, task, args (JSON, or where it is staged), options, dueAt ('0': now),
          callbacks (JSON; '' for none)
  Reply: the keys of the jobs that others have put elsewhere, where they stay (J12)
  Events: 'added', and 'waiting' or 'delayed', for each job
]]
--- @include "callbacks"
--- @include "new-job"
--- @include "staged"
local base, shared = ARGV[1], sharedIn(ARGV[2])
local now = redisTime()
local FIRST, FIELDS = 3, 6

for i = FIRST, #ARGV, FIELDS do
  if areGone(ARGV[i + 2]) then return goneReply() end
end
local count, elsewhere = 0, {}
for i = FIRST, #ARGV, FIELDS do
  local id, callbacks = ARGV[i], ARGV[i + 5]
  local key = base .. id
  local at = shared[id] and putElsewhere(key)
  if at then
    elsewhere[#elsewhere + 1] = at
  elseif redis.call('EXISTS', key) == 0 then
    if shared[id] then notePutAt(key) end
    newJob(base, unpack(ARGV, i, i + 4))
    if callbacks ~= '' then deferCallbacks(key, cjson.decode(callbacks), now) end
    count = count + 1
  end
end
if count > 0 then
  -- BullMQ's own scripts leave these keys, by which tools find queues.
  redis.call('INCR', base .. 'id')
  redis.call('HSETNX', base .. 'meta', 'opts.maxLenEvents', 10000)
end
return elsewhere
