-- What a job was going to store goes with it where it is removed, and where it has ended without
-- storing it.
--- @include "queue-lists"
--- @include "job-key"
--- @include "job-keys"
--- @include "keys-in"
--- @include "settle-parent"

local removeCallbacks, settleExpected

-- Removes the callbacks of a job that goes without having ended: with it goes all that was stored
-- for it.
function removeCallbacks(ownerKey, now)
  local listed = redis.call('HGET', ownerKey, 'callbacks')
  if not listed then return end
  for _, key in ipairs(cjson.decode(listed)) do
    local dependents = redis.call('HGET', key, 'dependents')
    settleExpected(key, now)
    removeCallbacks(key, now)
    local prefix, id = splitJobKey(key)
    deleteJobKeys(key)
    tell(prefix, 'removed', id)
    settleRemoved(nil, nil, dependents, key, now)
  end
end

-- Settles what waits for jobs that the job at hand was to store, and never will (J12): such a job
-- has no name yet.
function settleExpected(originKey, now)
  for _, key in ipairs(keysIn(redis.call('HGET', originKey, 'expected'))) do
    if redis.call('HEXISTS', key, 'name') == 0 then
      local dependents = redis.call('HGET', key, 'dependents')
      settleExpected(key, now)
      removeCallbacks(key, now)
      redis.call('DEL', key)
      settleRemoved(nil, nil, dependents, key, now)
    end
  end
end
