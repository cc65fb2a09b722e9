-- Lets a held callback run: at the head of its lane, when it is due, or when those below it have
-- completed (J7).
--- @include "job-key"
--- @include "queue-lists"

-- given: the result that it gets as its last argument; isFirst: nothing is below it.
local function releaseCallback(key, given, isFirst, timestamp)
  local prefix, id = splitJobKey(key)
  redis.call('HDEL', key, 'deferred')
  redis.call('HSET', key, 'given', given)
  local dueAt = cjson.decode(redis.call('HGET', key, 'opts')).beginAfter or 0
  if not isFirst then
    pushToWaitingChildren(prefix, id, timestamp)
  elseif dueAt > tonumber(timestamp) then
    redis.call('HSET', key, 'delay', string.format('%.0f', dueAt - tonumber(timestamp)))
    pushToDelayed(prefix, id, dueAt)
  else
    pushToWait(prefix, id, 'RPUSH')
  end
end
