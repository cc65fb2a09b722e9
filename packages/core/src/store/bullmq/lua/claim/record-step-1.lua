--[[
  Stores the value of a step of a claimed pack (docs/protocol/packs.md). The next step begins after
  that. Fenced by the token of the pack (I5).

  KEYS: pack
  ARGV: base (of its lane), packId, token, position (of the step, from 1), value (JSON)
  Reply: 1 it is stored, by this call or an earlier attempt of it; -1, -2, -6 refused
  Events: 'progress' of the pack, where a process waits for a step
]]
--- @include "bullmq-lists"
local packKey = KEYS[1]
local base, packId, token, position, value = unpack(ARGV)

local holder = redis.call('GET', packKey .. ':lock')
if holder ~= token then return not isStored(packKey) and -1 or holder and -6 or -2 end
local ended = redis.call('LLEN', packKey .. ':values')
if ended >= tonumber(position) then return 1 end
if ended + 1 < tonumber(position) then return -2 end
redis.call('RPUSH', packKey .. ':values', value)
-- Processes that wait for a step look. Without one the event would only cost time.
if hasField(packKey, 'watched') then emit(base, 'progress', packId, 'data', position) end
return 1
