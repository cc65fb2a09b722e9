--[[
  Ends an activation, so that its jobs can be interrupted: its own, or that of a dispatcher found
  dead (I1, I6). A cleaner that does not finish within the lease is followed by the next one, which
  repeats each step.

  KEYS: record, deadlines
  ARGV: uuid, epoch ('' for one that is overdue), cleaner, lease (ms), channel, root (of all keys)
  Reply: { epoch, status before, host, pid, age, queues }, or nil where there is nothing to clean
  Publishes: 'died', for one that was found dead
]]
--- @include "dispatcher-record"
--- @include "note-lane"
local recordKey, deadlinesKey = KEYS[1], KEYS[2]
local uuid, epoch, cleaner, lease, channel, root = unpack(ARGV)

local now = redisTime()
local record = redis.call('HMGET', recordKey, 'status', 'epoch', 'lastPing', 'host', 'pid', 'queues', 'lanes')
local status = record[1]
-- A damaged one has not ended (B1).
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
-- All that it holds is found below an epoch that is damaged, or missing.
local found = tonumber(record[2] or '') or now
redis.call('HSET', recordKey, 'status', 'cleaning', 'cleaner', cleaner, 'epoch', found)
redis.call('HDEL', recordKey, 'again')
redis.call('ZADD', deadlinesKey, now + tonumber(lease), uuid)
-- Its jobs are looked for in the lanes that it served, whatever became of what was written down.
noteLanes(root, record[7] or nil)
if epoch == '' and status == 'active' then announce(channel, 'died', uuid, found) end
local pid, lastPing = numberOf(record[5]), tonumber(record[3] or '') or now
return { found, status, record[4] or '', pid, now - lastPing, record[6] or '' }
