--[[
  Takes back what a claimed job scheduled below itself in an earlier run that did not come to its end, and that this run
  will not use: its task makes other jobs each time. What has not started is removed; what has goes on by itself.

  KEYS: job, lock
  ARGV: token, prefix
  Reply: 0, or -6 where somebody else holds the job
]]
local jobKey, lockKey = KEYS[1], KEYS[2]
local token, prefix = ARGV[1], ARGV[2]

if redis.call('GET', lockKey) ~= token then return -6 end
local manifest = cjson.decode(redis.call('HGET', jobKey, 'manifest') or '{"jobs":[]}')

local function takeBack(id)
  local key = prefix .. id
  if redis.call('EXISTS', key .. ':lock') == 1 or redis.call('HEXISTS', key, 'finishedOn') == 1 then
    redis.call('HDEL', key, 'parentKey', 'parent')
    return
  end
  if redis.call('ZREM', prefix .. 'waiting-children', id) == 0 and redis.call('ZREM', prefix .. 'delayed', id) == 0 then
    redis.call('LREM', prefix .. 'wait', 1, id)
  end
  redis.call('DEL', key, key .. ':dependencies', key .. ':processed', key .. ':failed')
end

for _, id in ipairs(manifest.jobs) do takeBack(id) end
if manifest['then'] then takeBack(manifest['then']) end
redis.call('DEL', jobKey .. ':dependencies', jobKey .. ':processed', jobKey .. ':failed')
redis.call('HDEL', jobKey, 'manifest', 'scheduledChunks')
return 0
