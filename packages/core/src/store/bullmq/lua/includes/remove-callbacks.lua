-- Removes the callbacks of a job that goes without having ended: with it goes all that was stored for it.
--- @include "queue-lists"
--- @include "job-key"
--- @include "job-keys"

local removeCallbacks
function removeCallbacks(ownerKey)
  local listed = redis.call('HGET', ownerKey, 'callbacks')
  if not listed then return end
  for _, key in ipairs(cjson.decode(listed)) do
    removeCallbacks(key)
    local prefix, id = splitJobKey(key)
    deleteJobKeys(key)
    tell(prefix, 'removed', id)
  end
end
