--[[
  Reads the job that has a key (Q8).

  KEYS: keys (of a queue)
  ARGV: base (of its main lane), key
  Reply: { fields, state, annotations, the key of the job }; nil where the key is free
]]
--- @include "job-state"
--- @include "key-entries"
local base, key = unpack(ARGV)

local holder, waiting = jobsOfKey(base, key)
local jobKey = holder or waiting
local job = jobKey and jobWithState(splitJobKey(jobKey))
if not job then return nil end
job[4] = jobKey
return job
