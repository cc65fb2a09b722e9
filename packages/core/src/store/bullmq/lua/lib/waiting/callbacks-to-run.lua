-- The callbacks of a job that have not begun (J7).

-- Answers with their keys, in order.
local function callbacksToRun(jobKey)
  local keys = {}
  for _, key in ipairs(cjson.decode(redis.call('HGET', jobKey, 'callbacks') or '[]')) do
    if redis.call('HEXISTS', key, 'deferred') == 1 then keys[#keys + 1] = key end
  end
  return keys
end
