--[[
  Makes a process the active dispatcher of its UUID, under a new epoch (D1, D4).

  KEYS: record, deadlines
  ARGV: uuid, host, hostIdentity, pid, processIdentity, thread, threadIdentity, moduleIdentity,
        deathInterval, queues (JSON), channel, takeover ('' for none, 'force', or the epoch whose
        process, or thread, is certainly gone), root (of all keys), lanes (JSON: of its own agents,
        `<queue>/<lane>`), lastEpoch (of this process: a server that has lost it must not give it
        out again)
  Reply: { 1, epoch, queues (JSON: its own, and those where earlier activations may have left jobs)
         }, or { 0, age, epoch, msUntilDead, host, hostIdentity, pid, processIdentity, thread,
         threadIdentity, moduleIdentity } Publishes: 'activated'
]]
--- @include "dispatcher-record"
--- @include "note-lane"
local recordKey, deadlinesKey = KEYS[1], KEYS[2]
local uuid, host, hostIdentity, pid, processIdentity, thread, threadIdentity, moduleIdentity = unpack(ARGV, 1, 8)
local deathInterval, queues, channel, takeover, root, lanes, lastEpoch = unpack(ARGV, 9)

local function union(json, otherJson)
  local names, seen = cjson.decode(json), {}
  for _, name in ipairs(names) do seen[name] = true end
  -- Of a damaged record it is not known: the audits find what is left.
  local isJson, others = pcall(cjson.decode, otherJson or '[]')
  for _, name in ipairs(isJson and type(others) == 'table' and others or {}) do
    if type(name) == 'string' and not seen[name] then names[#names + 1] = name end
  end
  return cjson.encode(names)
end

local now = redisTime()
local record = redis.call('HMGET', recordKey, 'status', 'epoch', 'lastPing', 'deathInterval', 'queues',
  'host', 'hostIdentity', 'pid', 'processIdentity', 'thread', 'threadIdentity', 'moduleIdentity', 'lanes')
local status, epoch = record[1] or '', epochOf(record[2], now)
if status == 'active' then
  -- Damaged, it is overdue.
  local age = now - numberOf(record[3])
  local msUntilDead = numberOf(record[4]) - age
  if msUntilDead >= 0 and takeover ~= 'force' and takeover ~= string.format('%.0f', epoch) then
    return { 0, age, epoch, msUntilDead, unpack(record, 6, 12) }
  end
end
epoch = math.max(epoch, tonumber(lastEpoch)) + 1
-- What an activation left behind that nobody has cleaned up after may be in queues that this one
-- does not serve.
if status ~= '' and status ~= 'deactivated' then
  queues, lanes = union(queues, record[5]), union(lanes, record[13])
end
noteLanes(root, lanes)
redis.call('HSET', recordKey, 'status', 'active', 'epoch', epoch, 'lastPing', now, 'deathInterval', deathInterval,
  'host', host, 'hostIdentity', hostIdentity, 'pid', pid, 'processIdentity', processIdentity, 'thread', thread,
  'threadIdentity', threadIdentity, 'moduleIdentity', moduleIdentity, 'queues', queues, 'lanes', lanes,
  'activatedAt', now)
redis.call('ZADD', deadlinesKey, now + tonumber(deathInterval), uuid)
announce(channel, 'activated', uuid, epoch)
return { 1, epoch, queues }
