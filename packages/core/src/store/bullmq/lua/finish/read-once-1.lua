--[[
  Reads a result of `local.once` (O5), for the run that holds the job: no other may act on it (I5).

  KEYS: job
  ARGV: token, key
  Reply: the value (JSON); nil there is none; -6 another holder has the job
]]
--- @include "open-pack"
local jobKey = KEYS[1]
local token, key = ARGV[1], ARGV[2]

openFor(jobKey)
if redis.call('GET', jobKey .. ':lock') ~= token then return -6 end
return redis.call('HGET', jobKey .. ':once', key)
