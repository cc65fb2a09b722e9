-- Ends a claimed pack of which all parts have their values.
--- @include "plain-end"

-- values: those that are not stored yet, JSON. Returns what `endPlain` does. A Redis that has lost
-- a stored value refuses the others: they would become the values of other parts.
local function endPack(base, packId, token, values, timestamp)
  local key = base .. packId
  local stored = redis.call('LLEN', key .. ':values')
  local isWhole = stored + #values == tonumber(redis.call('HGET', key, 'packParts') or 0)
  local isHeldBy = redis.call('GET', key .. ':lock') == token
  if isHeldBy and not isWhole then return -2 end
  if isHeldBy then redis.call('RPUSH', key .. ':values', unpack(values)) end
  local reply = endPlain(base, packId, token, 'null', timestamp)
  if reply == 1 then
    redis.pcall('ZREM', base .. 'unfinished-packs', packId)
    redis.pcall('ZADD', base .. 'finished-packs', stored + #values, packId)
  elseif isHeldBy then redis.call('LTRIM', key .. ':values', 0, -#values - 1) end
  return reply
end
