-- What every script on a dispatcher's record needs: Redis's own time, and telling those who wait for a change.

local function redisTime()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function announce(channel, event, uuid, epoch)
  redis.call('PUBLISH', channel, cjson.encode({ event = event, uuid = uuid, epoch = tonumber(epoch) }))
end
