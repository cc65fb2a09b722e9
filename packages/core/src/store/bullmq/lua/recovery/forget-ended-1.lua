--[[
  Forgets dispatchers that were deactivated longer ago than their `retention` (D10), a hundred at
  most. One that is active again keeps its record.

  KEYS: the sorted set of deactivated dispatchers
  ARGV: prefix
  Reply: the number of those that it has looked at
]]
--- @include "dispatcher-record"
local endedKey = KEYS[1]
local prefix = unpack(ARGV)

local over = redis.call('ZRANGEBYSCORE', endedKey, '-inf', redisTime(), 'LIMIT', 0, 100)
for _, uuid in ipairs(over) do
  -- A record that is damaged stays. Its entry goes, so that the next ones get their turn (B1).
  local kind = redis.call('TYPE', prefix .. 'dispatcher:' .. uuid).ok
  if kind == 'hash' then forgetRecord(prefix, uuid) end
  redis.call('ZREM', endedKey, uuid)
end
return #over
