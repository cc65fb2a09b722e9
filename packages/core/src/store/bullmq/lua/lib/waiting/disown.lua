-- Who owns a job while it waits has it in a set of its own: until it ends, or is taken from where
-- it waits or runs (I2, J9).
--- @include "quotas"

-- As `ownedMember` writes it. No name has a slash in it, which is all that the two kinds of JSON
-- differ in.
local function ownedMember(base, id)
  local root, queueBase = splitBase(base)
  local queue = string.sub(queueBase, #root + 1)
  local lane = string.match(string.sub(base, #queueBase + 1), '^/(.*):$') or 'main'
  return string.format('{"queue":%s,"lane":%s,"jobId":%s}', cjson.encode(queue), cjson.encode(lane), cjson.encode(id))
end

-- The owner's death need not interrupt it any more. A foreign key in the place of the set is left
-- alone (B1).
local function disown(base, id)
  local uuid = string.match(redis.call('HGET', base .. id, 'waitingOwner') or '', '^([^:]+):')
  local root = splitBase(base)
  if uuid then redis.pcall('ZREM', root .. 'dispatcher:' .. uuid .. ':waiting', ownedMember(base, id)) end
end
