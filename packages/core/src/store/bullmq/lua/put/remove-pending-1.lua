--[[
  Takes a pending job out of its queue, with all that is stored of it (Q3). What waits for it goes
  on without it.

  KEYS: job
  ARGV: jobId, prefix (of its lane), call (who pulls it: the same again when a reply was lost; ''
    for a mere removal)
  Reply: its callbacks, JSON, where it is removed, also where this call did it before; 0 it is not
    pending; -1 there is no such job
  Events: 'removed'; 'waiting', for the job that waited for it
]]
--- @include "job-keys"
--- @include "remove-callbacks"
--- @include "settle-parent"
--- @include "take-pending"
local jobKey = KEYS[1]
local jobId, prefix, call = unpack(ARGV)
-- Longer than a call goes on that waits for Redis. In ms.
local KEPT = 600000
local pulledKey = jobKey .. ':pulled'

local callbacksText
-- What is stored of the callbacks of a job, as NewJobData. Written by hand: cjson would write an
-- empty array as an object.
function callbacksText(key)
  local texts = {}
  for _, callbackKey in ipairs(keysIn(redis.call('HGET', key, 'callbacks'))) do
    local task, args, options = unpack(redis.call('HMGET', callbackKey, 'name', 'data', 'opts'))
    local _, id = splitJobKey(callbackKey)
    if task then
      texts[#texts + 1] = '{"id":' .. cjson.encode(id) .. ',"task":' .. cjson.encode(task) .. ',"args":' .. args .. ',"options":'
        .. options .. ',"callbacks":' .. callbacksText(callbackKey) .. '}'
    end
  end
  return '[' .. table.concat(texts, ',') .. ']'
end

if redis.call('EXISTS', jobKey) == 0 then
  local pulledBy, callbacks = string.match(redis.call('GET', pulledKey) or '', '^(%S+) (.*)$')
  if call ~= '' and pulledBy == call then return callbacks end
  return -1
end
if redis.call('EXISTS', jobKey .. ':lock') == 1 or redis.call('HEXISTS', jobKey, 'manifest') == 1
  or redis.call('HEXISTS', jobKey, 'result') == 1 then return 0 end
if not takePending(prefix, jobId) then return 0 end
local parentKey, parent, dependents = unpack(redis.call('HMGET', jobKey, 'parentKey', 'parent', 'dependents'))
local now = redisTime()
-- They go back to the handle, with which the job can be put again (Q1).
local callbacks = callbacksText(jobKey)
settleExpected(jobKey, now)
removeCallbacks(jobKey, now)
deleteJobKeys(jobKey)
if call ~= '' then redis.call('SET', pulledKey, call .. ' ' .. callbacks, 'PX', KEPT) end
tell(prefix, 'removed', jobId, 'prev', 'waiting')
settleRemoved(parentKey, parent, dependents, jobKey, now)
return callbacks
