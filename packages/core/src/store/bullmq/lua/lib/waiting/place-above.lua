-- In a row that runs again, a job whose next one does not wait for its turn is followed by the next
-- that does (O3): that one has its result already, or it has begun and goes on by itself.
--- @include "job-key"

local places = {}

local function waitsForItsTurn(key)
  local base, id = splitJobKey(key)
  if not redis.call('ZSCORE', base .. 'waiting-children', id) then return false end
  -- It waits for its callbacks, or for jobs of its own.
  local result, manifest = unpack(redis.call('HMGET', key, 'result', 'manifest'))
  return not result and not manifest
end

-- parentKey: of the job that is to follow; parent: what BullMQ keeps of that, JSON; top: the job
-- that waits for all of them. Returns both as they are to be.
local function placeAbove(parentKey, parent, top)
  local key = places[parentKey] or parentKey
  while key ~= top and not waitsForItsTurn(key) do
    key = redis.call('HGET', key, 'parentKey') or top
  end
  places[parentKey] = key
  if key == parentKey then return parentKey, parent end
  local base, id = splitJobKey(key)
  local data = cjson.decode(parent)
  data.id, data.queueKey = id, string.sub(base, 1, -2)
  return key, cjson.encode(data)
end
