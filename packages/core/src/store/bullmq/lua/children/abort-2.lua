--[[
  Marks a job as aborted, before what stands below it is taken back: whenever it is claimed again,
  it ends with this failure (I3, I6).

  KEYS: job, lock
  ARGV: holder (the lock's token, or the owner while the job waits; '' where nobody is to hold it),
    failure (JSON)
  Reply: 1, or -6 where somebody else holds the job
]]
--- @include "owned-by"
local jobKey, lockKey = KEYS[1], KEYS[2]
local holder, failure = unpack(ARGV)

if not isOwnedBy(jobKey, lockKey, holder) then return -6 end
redis.call('HSET', jobKey, 'aborted', failure)
return 1
