--[[
  Ends an activation so that its jobs can be interrupted: the caller's own, or that of a dispatcher
  found dead (I1, I6). A cleanup that has not ended after the lease is followed by the next one,
  which repeats each step.

  KEYS: record, deadlines
  ARGV: uuid, epoch ('' for a dispatcher that is overdue), cleaner, lease (ms), channel, prefix
  Reply: { epoch, status before, host, pid, age, queues }; nil there is nothing to clean up
  Publishes: 'died' of a dispatcher that was found dead
]]
--- @include "dispatcher-record"
--- @include "stored-at"
local recordKey, deadlinesKey = KEYS[1], KEYS[2]
local uuid, epoch, cleaner, lease, channel, prefix = unpack(ARGV)

local now = redisTime()
local record = redis.call('HMGET', recordKey,
  'status', 'epoch', 'lastPing', 'host', 'pid', 'queues', 'lanes', 'deaths')
local status = record[1]
-- A damaged status counts as one that has not ended (B1).
if not status or status == 'deactivated' then
  redis.call('ZREM', deadlinesKey, uuid)
  return nil
end
if epoch ~= '' then
  if record[2] ~= epoch then return nil end
else
  local deadline = redis.call('ZSCORE', deadlinesKey, uuid)
  if not deadline or tonumber(deadline) >= now then return nil end
end
-- The time in the place of a damaged epoch is above the epochs of all claims.
local found = tonumber(record[2] or '') or now
redis.call('HSET', recordKey, 'status', 'cleaning', 'cleaner', cleaner, 'epoch', found)
redis.call('HDEL', recordKey, 'again')
redis.call('ZADD', deadlinesKey, now + tonumber(lease), uuid)
-- The cleanup looks for jobs in these lanes, also where Redis has lost their names.
noteLanes(prefix, record[7])
local host, pid, lastPing = record[4] or '', numberOf(record[5]), tonumber(record[3] or '') or now
if epoch == '' and status == 'active' then
  redis.call('HSET', recordKey, 'deaths', numberOf(record[8]) + 1, 'diedAt', now, 'diedHost', host,
    'diedPid', pid)
  announce(channel, 'died', uuid, found)
end
return { found, status, host, pid, now - lastPing, record[6] or '' }
