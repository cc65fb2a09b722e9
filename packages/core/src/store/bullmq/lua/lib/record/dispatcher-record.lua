-- Reads the numbers of a dispatcher's record, and publishes changes of it.
--- @include "redis-time"

-- A damaged epoch counts as the time: the next one is above all that there were (B1).
local function epochOf(text, now)
  if not text then return 0 end
  return tonumber(text) or now
end

local function numberOf(text)
  return tonumber(text or '') or 0
end

local function announce(channel, event, uuid, epoch)
  redis.call('PUBLISH', channel,
    cjson.encode({ event = event, uuid = uuid, epoch = tonumber(epoch) }))
end
