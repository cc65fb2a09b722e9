--[[
  Reads the token of the holder of a job.

  KEYS: lock
  ARGV: base (of its lane), jobId
  Reply: the token; of a part of a pack the one that it would have by itself; nil there is none
]]
--- @include "packs"
local base, jobId = ARGV[1], ARGV[2]

local token = redis.call('GET', KEYS[1])
if token or isStored(base .. jobId) then return token end
local pack, position = packWith(base, jobId)
local isActive = pack and stateInPack(pack, position) == 'active'
return isActive and tokenInPack(pack, position) or nil
