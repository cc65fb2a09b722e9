-- All that is stored of one job: whoever removes a job removes these, and why nobody could run it,
-- or why it became a dead letter (J9).
--- @include "job-key"
--- @include "put-at"

local JOB_KEYS = { '', ':lock', ':dependencies', ':processed', ':failed', ':unsuccessful', ':logs', ':annotations',
  ':once' }

local function deleteJobKeys(jobKey)
  local keys = {}
  for i, suffix in ipairs(JOB_KEYS) do keys[i] = jobKey .. suffix end
  redis.call('UNLINK', unpack(keys))
  forgetPutAt(jobKey)
  local base, id = splitJobKey(jobKey)
  redis.pcall('HDEL', base .. 'unknown', id)
  redis.pcall('HDEL', base .. 'dead-letters', id)
end
