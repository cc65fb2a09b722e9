--[[
  Makes a process the active dispatcher of its UUID, under a new epoch (D1, D4).

  KEYS: record, deadlines
  ARGV: uuid, host, hostIdentity, pid, processIdentity, thread, threadIdentity, moduleIdentity,
        deathInterval (ms), queues (JSON), channel,
        takeover ('' for none; 'force'; or the epoch whose process, or thread, is certainly gone),
        prefix, lanes (JSON: `<queue>/<lane>` of its agents),
        lastEpoch (of this process: a Redis that has lost it must not give it out again),
        drover, node (versions), agents, tasks (JSON), retention (ms)
  Reply: { 1, epoch, queues (JSON: its own, and those in which earlier activations may have left
         jobs) }; or of the active dispatcher { 0, age, epoch, msUntilDead, host, hostIdentity, pid,
         processIdentity, thread, threadIdentity, moduleIdentity }
  Publishes: 'activated'
]]
--- @include "dispatcher-record"
--- @include "stored-at"
local recordKey, deadlinesKey = KEYS[1], KEYS[2]
local uuid, host, hostIdentity, pid, processIdentity, thread, threadIdentity, moduleIdentity =
  unpack(ARGV, 1, 8)
local deathInterval, queues, channel, takeover, prefix, lanes, lastEpoch = unpack(ARGV, 9, 15)
local drover, node, agents, tasks, retention = unpack(ARGV, 16)

local now = redisTime()
local record = redis.call('HMGET', recordKey, 'status', 'epoch', 'lastPing', 'deathInterval',
  'queues', 'host', 'hostIdentity', 'pid', 'processIdentity', 'thread', 'threadIdentity',
  'moduleIdentity', 'lanes')
local status, epoch = record[1] or '', epochOf(record[2], now)
if status == 'active' then
  -- A damaged ping counts as overdue.
  local age = now - numberOf(record[3])
  local msUntilDead = numberOf(record[4]) - age
  local isAllowed = takeover == 'force' or takeover == string.format('%.0f', epoch)
  if msUntilDead >= 0 and not isAllowed then
    return { 0, age, epoch, msUntilDead, unpack(record, 6, 12) }
  end
end
if status == '' then epoch = lowestEpoch(deadlinesKey) end
epoch = math.max(epoch, tonumber(lastEpoch)) + 1
-- An earlier activation that was not cleaned up may have left jobs in queues that this one does not
-- serve. In a damaged record its queues are lost: reconcile passes find those jobs.
if status ~= '' and status ~= 'deactivated' then
  queues, lanes = union(queues, record[5]), union(lanes, record[13])
end
noteLanes(prefix, lanes)
for _, queue in ipairs(keysIn(queues)) do
  if type(queue) == 'string' then noteQueue(prefix .. queue .. ':') end
end
redis.call('HSET', recordKey, 'status', 'active', 'epoch', epoch, 'lastPing', now,
  'deathInterval', deathInterval, 'host', host, 'hostIdentity', hostIdentity, 'pid', pid,
  'processIdentity', processIdentity, 'thread', thread, 'threadIdentity', threadIdentity,
  'moduleIdentity', moduleIdentity, 'queues', queues, 'lanes', lanes, 'activatedAt', now,
  'drover', drover, 'node', node, 'agents', agents, 'tasks', tasks, 'retention', retention,
  'running', '{}', 'blockedFor', 0)
-- It begins with its own options. Wishes were for the activation before (D9).
redis.call('HDEL', recordKey, 'wished', 'taken')
redis.call('DEL', recordKey .. ':wishes')
redis.call('ZADD', deadlinesKey, now + tonumber(deathInterval), uuid)
redis.call('ZREM', deadlinesKey .. ':ended', uuid)
announce(channel, 'activated', uuid, epoch)
return { 1, epoch, queues }
