-- In a row that runs again, a job whose next one has its result already is followed by the next that has none (O3).
--- @include "job-key"

local unfinished = {}

-- parentKey: of the job that is to follow; parent: what BullMQ keeps of that, JSON; top: the job that waits for all of them.
-- Returns both as they are to be.
local function unfinishedAbove(parentKey, parent, top)
  local key = unfinished[parentKey] or parentKey
  while key ~= top and redis.call('HEXISTS', key, 'finishedOn') == 1 do
    key = redis.call('HGET', key, 'parentKey') or top
  end
  unfinished[parentKey] = key
  if key == parentKey then return parentKey, parent end
  local base, id = splitJobKey(key)
  local data = cjson.decode(parent)
  data.id, data.queueKey = id, string.sub(base, 1, -2)
  return key, cjson.encode(data)
end
