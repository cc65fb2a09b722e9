--[[
  Puts jobs into a lane, in order, each with the callbacks that it has already (J7). What is there is left as it is, so that a put can be
  repeated. They are put by Redis's clock (Q2).

  KEYS: the first job
  ARGV: prefix (of the lane), then for each job: id, task, args, options, dueAt ('0': now), callbacks (JSON; '' for none)
  Reply: the number of jobs that were new
  Events: 'added', and 'waiting' or 'delayed', for each of them
]]
--- @include "hold-callbacks"
--- @include "new-job"
local prefix = ARGV[1]
local now = redisTime()
local FIRST, FIELDS = 2, 6

local count = 0
for i = FIRST, #ARGV, FIELDS do
  local id, callbacks = ARGV[i], ARGV[i + 5]
  if redis.call('EXISTS', prefix .. id) == 0 then
    newJob(prefix, unpack(ARGV, i, i + 4))
    if callbacks ~= '' then holdCallbacks(prefix .. id, cjson.decode(callbacks), now) end
    count = count + 1
  end
end
if count > 0 then
  -- As BullMQ's adding scripts leave them: tools find queues by these keys.
  redis.call('INCR', prefix .. 'id')
  redis.call('HSETNX', prefix .. 'meta', 'opts.maxLenEvents', 10000)
end
return count
