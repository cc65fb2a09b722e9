-- Reads the fields of a dispatcher's record, publishes changes of it, and forgets it (D10).
--- @include "redis-time"
--- @include "job-key"

-- A damaged epoch counts as the time: the next one is above all that there were (B1).
local function epochOf(text, now)
  if not text then return 0 end
  return tonumber(text) or now
end

local function numberOf(text)
  return tonumber(text or '') or 0
end

-- The names in two lists of names, both JSON.
local function union(json, otherJson)
  local names, seen = keysIn(json), {}
  for _, name in ipairs(names) do seen[name] = true end
  for _, name in ipairs(keysIn(otherJson)) do
    if type(name) == 'string' and not seen[name] then names[#names + 1] = name end
  end
  return cjson.encode(names)
end

-- The epochs of a dispatcher whose record is gone begin above those of all records that went: else
-- a later activation could have the tokens of an earlier one (I5).
local function lowestEpoch(deadlinesKey)
  return numberOf(redis.call('GET', deadlinesKey .. ':epoch'))
end

-- A deactivated dispatcher is listed until its record goes.
local function noteEnded(deadlinesKey, uuid, goesAt)
  redis.call('ZADD', deadlinesKey .. ':ended', string.format('%.0f', goesAt), uuid)
end

-- Removes the record of a deactivated dispatcher. Returns its status where that is another one;
-- 'none': there is no record.
local function forgetRecord(prefix, uuid)
  local recordKey, deadlinesKey = prefix .. 'dispatcher:' .. uuid, prefix .. 'dispatchers'
  local status, epoch = fieldsOf(recordKey, 'status', 'epoch')
  if not status or status == 'deactivated' then
    redis.call('ZREM', deadlinesKey .. ':ended', uuid)
    if not status then return 'none' end
    local highest = math.max(lowestEpoch(deadlinesKey), epochOf(epoch, redisTime()))
    redis.call('SET', deadlinesKey .. ':epoch', string.format('%.0f', highest))
    redis.call('DEL', recordKey, recordKey .. ':waiting', recordKey .. ':wishes')
  end
  return status
end

local function announce(channel, event, uuid, epoch)
  redis.call('PUBLISH', channel,
    cjson.encode({ event = event, uuid = uuid, epoch = tonumber(epoch) }))
end
