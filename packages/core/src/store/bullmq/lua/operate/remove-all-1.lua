--[[
  Removes certain pending jobs of a lane (Q11), each as `remove-pending` does. A call handles few
  jobs, so that it holds up Redis for a few ms: fewer where the wait list is long, which is searched
  for each.

  KEYS: wait
  ARGV: base (of the lane), then the ids of the jobs
  Reply: for each of the first jobs, as many as were handled, 1 it is removed; 0 it is not pending;
         -1 there is no such job
  Events: 'removed' for each job; 'waiting' for each job that has no dependencies left
]]
--- @include "remove-pending"
local base = ARGV[1]
local FIRST_JOB = 2
-- The price of a call, and so many entries of the wait list that have the price 1.
local MOST, ENTRIES = 400, 2000

local search = redis.call('LLEN', KEYS[1]) / ENTRIES
local handled, spent = {}, 0
for i = FIRST_JOB, #ARGV do
  openFor(base .. ARGV[i])
  spent = spent + search + removalPrice(base, ARGV[i])
  if redis.call('EXISTS', base .. ARGV[i]) == 0 then handled[#handled + 1] = -1
  else handled[#handled + 1] = removeOrSetAside(base, ARGV[i]) and 1 or 0 end
  if spent >= MOST then break end
end
return handled
