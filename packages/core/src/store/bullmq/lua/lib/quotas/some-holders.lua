-- Reads the jobs that hold slots of a quota, 1,000 at most: a quota may have very many slots.
--- @include "limit-names"

-- So many holders of a quota are read, and so many of a key.
local MOST_HOLDERS = 1000

-- The number of jobs that hold a slot, and some of them as `<BullMQ queue>:<id>`.
local function someHolders(queueBase, name)
  local key, holders = holdersKey(queueBase, name), {}
  local members = redis.call('HSCAN', key, 0, 'COUNT', MOST_HOLDERS)[2]
  for i = 1, math.min(#members, 2 * MOST_HOLDERS), 2 do holders[#holders + 1] = members[i] end
  return redis.call('HLEN', key), holders
end
