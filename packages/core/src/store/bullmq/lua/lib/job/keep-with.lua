-- A part that stands below its composite no more, since that was stopped or aborted, is kept with
-- it and removed with it all the same (J9).

local function keepWith(jobKey, partKey)
  redis.call('HSET', partKey, 'partOf', jobKey)
  -- As BullMQ keeps what has ended below a job: retention goes down by these.
  local value, reason = unpack(redis.call('HMGET', partKey, 'returnvalue', 'failedReason'))
  if reason then redis.call('HSET', jobKey .. ':failed', partKey, reason)
  else redis.call('HSET', jobKey .. ':processed', partKey, value or 'null') end
end
