-- What every script on a dispatcher's record needs: reading its numbers, and telling those who wait
-- for a change.
--- @include "redis-time"

-- A damaged epoch is followed by one that is above all that there were (B1).
local function epochOf(text, now)
  if not text then return 0 end
  return tonumber(text) or now
end

local function numberOf(text)
  return tonumber(text or '') or 0
end

local function announce(channel, event, uuid, epoch)
  redis.call('PUBLISH', channel, cjson.encode({ event = event, uuid = uuid, epoch = tonumber(epoch) }))
end
