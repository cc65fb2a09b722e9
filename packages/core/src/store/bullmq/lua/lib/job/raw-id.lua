-- The ids of jobs as Redis has them: one that is not UTF-8 comes from a client with U+FFFD in the
-- place of what it could not read (B1).
--- @include "lock-holder"

local function readableIn(id)
  return (string.gsub(id, '[\128-\255]', ''))
end

-- Returns the id of the job in the active list that a client has read as jobId, and that is held
-- under the token. `prefix`: of its lane.
local function rawId(prefix, jobId, token)
  if not string.find(jobId, '\239\191\189', 1, true) then return jobId end
  for _, id in ipairs(redis.call('LRANGE', prefix .. 'active', 0, -1)) do
    if readableIn(id) == readableIn(jobId) and (holderOf(prefix .. id .. ':lock') or '') == token then return id end
  end
  return jobId
end
