--[[
  Removes a pending job with all its keys (Q3). The jobs that wait for it go on without it.

  KEYS: job
  ARGV: jobId, base (of its lane),
        call (of a pull: the same id again when it is repeated after a lost reply; '' for a removal)
  Reply: its callbacks (JSON), where this call or an earlier attempt of it has removed the job; 0 it
         is not pending; -1 there is no such job
  Events: 'removed'; 'waiting' for each job that has no dependencies left
]]
--- @include "open-pack"
--- @include "remove-pending"
local jobKey = KEYS[1]
local jobId, base, call = unpack(ARGV)
-- Longer than a call waits for Redis. ms.
local KEPT = 600000
local pulledKey = jobKey .. ':pulled'

-- The callbacks of a job as JSON of NewJobData. cjson would write an empty array as an object, so
-- the arrays are written by hand.
local function callbacksText(key)
  local texts = {}
  for _, callbackKey in ipairs(keysIn(redis.call('HGET', key, 'callbacks'))) do
    local task, args, options = fieldsOf(callbackKey, 'name', 'data', 'opts')
    local _, id = splitJobKey(callbackKey)
    if task and args and options then
      texts[#texts + 1] = '{"id":' .. cjson.encode(id) .. ',"task":' .. cjson.encode(task)
        .. ',"args":' .. args .. ',"options":' .. options
        .. ',"callbacks":' .. callbacksText(callbackKey) .. '}'
    end
  end
  return '[' .. table.concat(texts, ',') .. ']'
end

openFor(jobKey)
if redis.call('EXISTS', jobKey) == 0 then
  local pulledBy, callbacks = string.match(redis.call('GET', pulledKey) or '', '^(%S+) (.*)$')
  if call ~= '' and pulledBy == call then return callbacks end
  return -1
end
local callbacks = callbacksText(jobKey)
if not removePending(base, jobId) then return 0 end
-- The handle keeps them, and can be put again with them (Q1).
if call ~= '' then redis.call('SET', pulledKey, call .. ' ' .. callbacks, 'PX', KEPT) end
return callbacks
