-- Long arguments of jobs that are about to be stored. The client sends them before the script, by
-- plain commands, as the field `data` of a hash under a key of its own: the *staged* arguments. The
-- script gets that key instead of them, and makes the hash that of the job. A staged hash that no
-- script takes expires.
--- @include "long-fields"

-- The arguments of a job are JSON, which does not begin like this.
local STAGED = 'staged:'

-- The key of staged arguments; nil for arguments that the script has got itself.
local function stagedKeyIn(args)
  return string.sub(args, 1, #STAGED) == STAGED and string.sub(args, #STAGED + 1) or nil
end

-- Whether staged arguments are gone. Scripts look before their first write.
local function areGone(args)
  local stagedKey = stagedKeyIn(args)
  return stagedKey and redis.call('EXISTS', stagedKey) == 0
end

-- The reply where they are gone. The caller sends them again.
local function goneReply()
  return redis.error_reply('GONE arguments that were sent before this call: make the call again')
end

-- Gives a job staged arguments. It keeps what is noted of it, also before it is stored.
local function takeStaged(key, stagedKey)
  redis.call('HDEL', key, 'data')
  for _, field in ipairs(redis.call('HKEYS', key)) do
    if field ~= 'longFields' then
      redis.call('HSET', stagedKey, field, redis.call('HGET', key, field))
    end
  end
  local names = redis.call('HGET', key, 'longFields')
  if names and not isAmong(names, 'data') then names = names .. ' data' end
  redis.call('HSET', stagedKey, 'longFields', names or 'data')
  redis.call('RENAME', stagedKey, key)
  redis.call('PERSIST', key)
end
