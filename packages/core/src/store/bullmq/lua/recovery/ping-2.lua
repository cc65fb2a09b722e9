--[[
  Renews the lease of a dispatcher, and reads which others are overdue (D2), and whether wishes of
  other processes wait (D9). It costs the same however many jobs the dispatcher runs (D3).

  KEYS: record, deadlines
  ARGV: running (JSON: the number of running jobs by queue and agent), blockedFor (ms for which the
        main loop has not run; 0: it runs), uuid, epoch
  Reply: { 1, hasWishes (0 or 1), overdue uuid, … }; { 0, status, epoch } this activation is not the
         active one any more
]]
--- @include "redis-time"
local recordKey, deadlinesKey = KEYS[1], KEYS[2]
local running, blockedFor, uuid, epoch = unpack(ARGV)
local MAX_OVERDUE = 16

local record = redis.call('HMGET', recordKey, 'status', 'epoch', 'deathInterval', 'wished', 'taken')
-- A damaged record is written anew by the next activation (B1).
local deathInterval = tonumber(record[3] or '')
if record[1] ~= 'active' or record[2] ~= epoch or not deathInterval then
  return { 0, record[1] or '', record[2] or '' }
end
local now = redisTime()
redis.call('HSET', recordKey, 'lastPing', now, 'running', running, 'blockedFor', blockedFor)
redis.call('ZADD', deadlinesKey, now + deathInterval, uuid)
local overdue = redis.call('ZRANGEBYSCORE', deadlinesKey, '-inf', now - 1, 'LIMIT', 0, MAX_OVERDUE)
return { 1, (record[4] or '0') ~= (record[5] or '0') and 1 or 0, unpack(overdue) }
