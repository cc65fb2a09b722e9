-- A job that waits again may be owned by somebody else than before: who ended in the meantime, while the job was claimed, has it still.

-- ownedKey: of the new owner. member: the job, in the sets of those who own it.
local function leaveFormerOwner(jobKey, ownedKey, member)
  local uuid = string.match(redis.call('HGET', jobKey, 'waitingOwner') or '', '^([^:]+):%d+$')
  if not uuid then return end
  local formerKey = string.gsub(ownedKey, '[^:]+:waiting$', uuid .. ':waiting')
  if formerKey ~= ownedKey then redis.call('ZREM', formerKey, member) end
end
