--[[
  Writes the agents and tasks of a dispatcher in its record, when they have changed (D9, D10).
  Queues and lanes are added: this activation may have jobs in those that it serves no more. With
  `count` it also says that so many wishes of other processes are done, after `taken` before them:
  a repeated call does not take others.

  KEYS: record, wishes
  ARGV: epoch, prefix, agents, tasks, queues, lanes (JSON), taken, count
  Reply: 1; 0 this activation is not the active one any more
]]
--- @include "dispatcher-record"
--- @include "stored-at"
local recordKey, wishesKey = KEYS[1], KEYS[2]
local epoch, prefix, agents, tasks, queues, lanes, taken, count = unpack(ARGV)

local record = redis.call('HMGET', recordKey, 'status', 'epoch', 'queues', 'lanes', 'taken')
if record[1] ~= 'active' or record[2] ~= epoch then return 0 end
queues, lanes = union(queues, record[3]), union(lanes, record[4])
noteLanes(prefix, lanes)
redis.call('HSET', recordKey, 'agents', agents, 'tasks', tasks, 'queues', queues, 'lanes', lanes)
if tonumber(count) > 0 and (record[5] or '0') == taken then
  redis.call('LTRIM', wishesKey, count, -1)
  redis.call('HSET', recordKey, 'taken', taken + count)
end
return 1
