--[[
  Lets jobs begin that wait for the job that had their key, where another program has removed or
  ended that one (Q8, O6).

  KEYS: next (of the keys of a queue)
  ARGV: base (of the main lane), cursor ('0' at first)
  Reply: the cursor of the next call; '0' all were looked at
  Events: 'waiting' or 'delayed' for each of them
]]
--- @include "key-entries"
local nextKey = KEYS[1]
local base, cursor = unpack(ARGV)
local keysKey = keyHashes(base)

-- A foreign key in the place of the hash has no jobs (B1).
local found = redis.pcall('HSCAN', nextKey, cursor, 'COUNT', 100)
if found.err then return '0' end
for i = 1, #found[2], 2 do
  local key, waiting = found[2][i], found[2][i + 1]
  local holder = redis.call('HGET', keysKey, key)
  local fields = holder and redis.pcall('HMGET', holder, 'name', 'finishedOn') or {}
  if not fields.err and (not fields[1] or fields[2]) then
    handOver(nextKey, keysKey, key, waiting)
  end
end
return found[1]
