--[[
  Stores a wish for an active dispatcher, such as another size of an agent (D9). The message makes
  it fast: where it is lost, the reply to the next ping tells the dispatcher.

  KEYS: record, wishes
  ARGV: wish (JSON), channel
  Reply: { the number of the wish, epoch }; { 0, status } it is not active; { -1, epoch } a thousand
         wishes are waiting
  Publishes: 'wish', to the dispatcher
]]
--- @include "dispatcher-record"
local recordKey, wishesKey = KEYS[1], KEYS[2]
local wish, channel = unpack(ARGV)
local MOST = 1000

local record = redis.call('HMGET', recordKey, 'status', 'epoch', 'taken')
if record[1] ~= 'active' then return { 0, record[1] or '' } end
if redis.call('LLEN', wishesKey) >= MOST then return { -1, record[2] } end
local number = numberOf(record[3]) + redis.call('RPUSH', wishesKey, wish)
redis.call('HSET', recordKey, 'wished', number)
redis.call('PUBLISH', channel, cjson.encode({ wish = number }))
return { number, record[2] }
