--[[
  Reads a page of the active list: which job is claimed under which token.

  KEYS: active
  ARGV: prefix, start, stop
  Reply: { jobId, token, task, claimedAt, … }, for the jobs of the page, then its length; a token is
         '' where nobody holds the job, and a task where what is stored under the id is no job, or
         cannot be claimed
]]
--- @include "lock-holder"
local activeKey = KEYS[1]
local prefix, start, stop = unpack(ARGV)

local ids = redis.call('LRANGE', activeKey, start, stop)
local claims = {}
for _, id in ipairs(ids) do
  local task, claimedAt, count
  if redis.call('TYPE', prefix .. id).ok == 'hash' then
    task, claimedAt, count = unpack(redis.call('HMGET', prefix .. id, 'name', 'processedOn', 'ats'))
    -- A claim counts: what is no number lets each one fail in the middle.
    if count and (#count > 15 or not string.match(count, '^%d+$')) then task = nil end
  end
  claims[#claims + 1] = id
  claims[#claims + 1] = holderOf(prefix .. id .. ':lock') or ''
  claims[#claims + 1] = task or ''
  claims[#claims + 1] = claimedAt or '0'
end
claims[#claims + 1] = #ids
return claims
