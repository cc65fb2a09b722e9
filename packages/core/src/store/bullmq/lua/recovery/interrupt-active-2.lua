--[[
  Interrupts a started job: takes it from a dispatcher that has stopped or died, and puts its
  handleInterrupt job (I1).

  KEYS: job, lock
  ARGV: expectedToken, jobId, reference (JSON, of the job), systemBase, task, options, timestamp
  Reply: the id of the handleInterrupt job, which is the new token; nil the lock has another token,
         or the job is a pack, which is opened
  Events: 'waiting' in the system lane, and for each job that gets a slot of a quota of this one
]]
--- @include "open-pack"
--- @include "owner"
--- @include "quotas"
--- @include "system-job"
local jobKey, lockKey = KEYS[1], KEYS[2]
local expectedToken, jobId, reference, systemBase, task, options, timestamp = unpack(ARGV)

openFor(jobKey)
if redis.call('GET', lockKey) ~= expectedToken then return nil end
if redis.call('EXISTS', jobKey) == 0 then return nil end
local base = string.sub(jobKey, 1, -#jobId - 1)
-- Each part that may have begun has an interrupt of its own. The caller looks at the lane again.
local pack = readPack(base, jobId)
if pack then
  openPack(pack)
  return nil
end
local id = interruptJob(jobKey, jobId, reference, systemBase, task, options, timestamp)
redis.call('SET', lockKey, id, 'KEEPTTL')
-- It keeps its number until its interrupt is decided. With a result it needs no slot any more.
freeQuotas(base, jobId, not hasField(jobKey, 'result'))
disown(base, jobId)
return id
