--[[
  Reads the facts that decide whether jobs belong to a list of `queue.jobs()`, without the jobs.

  KEYS: source (the list that has the jobs; not read)
  ARGV: base, then the ids of the jobs
  Reply: for each job its task ('' where there is none, B1), the number of its claims, whether it
         has suspended itself, and whether it has its result (1 or 0)
]]
--- @include "job-state"
local base = ARGV[1]

local facts = {}
for i = 2, #ARGV do
  local key = base .. ARGV[i]
  local task, claims, before = unpack(redis.pcall('HMGET', key, 'name', 'ats', 'claimsBefore'))
  facts[#facts + 1] = task or ''
  facts[#facts + 1] = claimsOf(claims, before)
  facts[#facts + 1] = task and redis.call('HEXISTS', key, 'manifest') or 0
  facts[#facts + 1] = task and redis.call('HEXISTS', key, 'result') or 0
end
return facts
