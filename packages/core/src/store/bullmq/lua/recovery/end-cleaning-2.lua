--[[
  Says that nothing of an activation is left to interrupt.

  KEYS: record, deadlines
  ARGV: uuid, epoch, channel
  Reply: 1; 0 where the record has moved on; 2 where it has come to own something meanwhile, which
  is to be interrupted first Publishes: 'deactivated'
]]
--- @include "dispatcher-record"
local recordKey, deadlinesKey = KEYS[1], KEYS[2]
local uuid, epoch, channel = unpack(ARGV)

local record = redis.call('HMGET', recordKey, 'status', 'epoch')
if record[1] ~= 'cleaning' or record[2] ~= epoch then return 0 end
if redis.call('HDEL', recordKey, 'again') == 1 then return 2 end
redis.call('HSET', recordKey, 'status', 'deactivated')
redis.call('ZREM', deadlinesKey, uuid)
announce(channel, 'deactivated', uuid, epoch)
return 1
