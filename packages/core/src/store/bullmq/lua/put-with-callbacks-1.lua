--[[
  Puts jobs of which some have callbacks already, in order (J7). What is there is left as it is, so that a put can be repeated.

  KEYS: the first job
  ARGV: timestamp, then for each job: prefix (of its lane), id, task, args, options, dueAt ('0': now), callbacks (JSON; '' for none)
  Reply: the number of jobs that were new
  Events: 'added', and 'waiting' or 'delayed', for each of them
]]
--- @include "hold-callbacks"
--- @include "new-job"
local timestamp = ARGV[1]
local FIRST, FIELDS = 2, 7

local count = 0
for i = FIRST, #ARGV, FIELDS do
  local key, callbacks = ARGV[i] .. ARGV[i + 1], ARGV[i + 6]
  if redis.call('EXISTS', key) == 0 then
    newJob(timestamp, unpack(ARGV, i, i + 5))
    if callbacks ~= '' then holdCallbacks(key, cjson.decode(callbacks), timestamp) end
    count = count + 1
  end
end
return count
