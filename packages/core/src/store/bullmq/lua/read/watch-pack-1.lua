--[[
  Says that a process waits for a part of a pack: each record of a step is an event from now on.

  KEYS: pack
  Reply: 1 it is noted; 0 the pack is opened or gone
]]
--- @include "job-key"
if not isStored(KEYS[1]) then return 0 end
redis.call('HSET', KEYS[1], 'watched', 1)
return 1
