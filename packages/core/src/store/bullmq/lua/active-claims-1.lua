--[[
  Reads a page of the active list: which job is claimed under which token.

  KEYS: active
  ARGV: prefix, start, stop
  Reply: { jobId, token, task, claimedAt, … }, for the jobs of the page that are locked, then the length of the page
]]
local activeKey = KEYS[1]
local prefix, start, stop = unpack(ARGV)

local ids = redis.call('LRANGE', activeKey, start, stop)
local claims = {}
for _, id in ipairs(ids) do
  local token = redis.call('GET', prefix .. id .. ':lock')
  if token then
    local task, claimedAt
    -- What is there may be no job: whoever takes it over finds that out.
    if redis.call('TYPE', prefix .. id).ok == 'hash' then
      task, claimedAt = unpack(redis.call('HMGET', prefix .. id, 'name', 'processedOn'))
    end
    claims[#claims + 1] = id
    claims[#claims + 1] = token
    claims[#claims + 1] = task or ''
    claims[#claims + 1] = claimedAt or '0'
  end
end
claims[#claims + 1] = #ids
return claims
