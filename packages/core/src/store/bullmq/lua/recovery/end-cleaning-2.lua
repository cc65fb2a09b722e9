--[[
  Ends a cleanup: nothing of the activation is left to interrupt. The record stays for `retention`
  ms (D10).

  KEYS: record, deadlines
  ARGV: uuid, epoch, channel
  Reply: 1 it has ended; 0 the record has moved on; 2 the activation has become the owner of a job
         meanwhile, which is to be interrupted first
  Publishes: 'deactivated'
]]
--- @include "dispatcher-record"
local recordKey, deadlinesKey = KEYS[1], KEYS[2]
local uuid, epoch, channel = unpack(ARGV)
local DAY = 24 * 3600 * 1000

local record = redis.call('HMGET', recordKey, 'status', 'epoch', 'retention')
if record[1] ~= 'cleaning' or record[2] ~= epoch then return 0 end
if redis.call('HDEL', recordKey, 'again') == 1 then return 2 end
redis.call('HSET', recordKey, 'status', 'deactivated', 'running', '{}', 'endedAt', redisTime())
redis.call('ZREM', deadlinesKey, uuid)
noteEnded(deadlinesKey, uuid, redisTime() + (tonumber(record[3] or '') or DAY))
announce(channel, 'deactivated', uuid, epoch)
return 1
