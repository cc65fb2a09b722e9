--[[
  Ends a cleanup: nothing of the activation is left to interrupt.

  KEYS: record, deadlines
  ARGV: uuid, epoch, channel
  Reply: 1 it has ended; 0 the record has moved on; 2 the activation has become the owner of a job
         meanwhile, which is to be interrupted first
  Publishes: 'deactivated'
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
