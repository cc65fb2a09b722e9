--[[
  Writes the agents and tasks of a dispatcher in its record, when they have changed (D9, D10).
  Queues and lanes are added: this activation may have jobs in those that it serves no more.

  KEYS: record
  ARGV: epoch, prefix, agents, tasks, queues, lanes (JSON)
  Reply: 1; 0 this activation is not the active one any more
]]
--- @include "dispatcher-record"
--- @include "stored-at"
local recordKey = KEYS[1]
local epoch, prefix, agents, tasks, queues, lanes = unpack(ARGV)

local record = redis.call('HMGET', recordKey, 'status', 'epoch', 'queues', 'lanes')
if record[1] ~= 'active' or record[2] ~= epoch then return 0 end
queues, lanes = union(queues, record[3]), union(lanes, record[4])
noteLanes(prefix, lanes)
redis.call('HSET', recordKey, 'agents', agents, 'tasks', tasks, 'queues', queues, 'lanes', lanes)
return 1
