-- The key of a job is the prefix of its lane and its id.

local function splitJobKey(key)
  return string.match(key, '^(.*:)([^:]*)$')
end
