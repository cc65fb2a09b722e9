--[[
  Says that a dispatcher lives, and learns which others are overdue (D2). Costs the same whatever it
  runs (D3).

  KEYS: record, deadlines
  ARGV: uuid, epoch
  Reply: { 1, overdue uuid, … }, or { 0, status, epoch } where this activation is no longer the
    active one
]]
--- @include "dispatcher-record"
local recordKey, deadlinesKey = KEYS[1], KEYS[2]
local uuid, epoch = unpack(ARGV)
local MAX_OVERDUE = 16

local record = redis.call('HMGET', recordKey, 'status', 'epoch', 'deathInterval')
-- Damaged, it is written anew by the activation that follows (B1).
local isRead = record[3] and tonumber(record[3])
if record[1] ~= 'active' or record[2] ~= epoch or not isRead then return { 0, record[1] or '', record[2] or '' } end
local now = redisTime()
redis.call('HSET', recordKey, 'lastPing', now)
redis.call('ZADD', deadlinesKey, now + tonumber(record[3]), uuid)
return { 1, unpack(redis.call('ZRANGEBYSCORE', deadlinesKey, '-inf', now - 1, 'LIMIT', 0, MAX_OVERDUE)) }
