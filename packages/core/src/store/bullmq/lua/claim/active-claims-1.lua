--[[
  Reads a page of the active list: which job is claimed under which token.

  KEYS: active
  ARGV: base, start, stop
  Reply: { jobId, token, task, claimedAt, … }, for each job of the page, then their number; token is
         '' where the job has no holder; task is '' where the record is no job, or cannot be claimed
]]
--- @include "job-state"
local activeKey = KEYS[1]
local base, start, stop = unpack(ARGV)

local ids = redis.call('LRANGE', activeKey, start, stop)
local claims = {}
for _, id in ipairs(ids) do
  local task, claimedAt, count
  if redis.call('TYPE', base .. id).ok == 'hash' then
    task, claimedAt, count = fieldsOf(base .. id, 'name', 'processedOn', 'ats')
    -- Each claim increments this field. A damaged one makes BullMQ's claim fail in the middle.
    if count and (#count > 15 or not string.match(count, '^%d+$')) then task = nil end
  end
  claims[#claims + 1] = id
  claims[#claims + 1] = holderOf(base .. id .. ':lock') or ''
  claims[#claims + 1] = task or ''
  claims[#claims + 1] = claimedAt or '0'
end
claims[#claims + 1] = #ids
return claims
