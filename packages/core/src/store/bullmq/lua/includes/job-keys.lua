-- All that is stored of one job: whoever removes a job removes these (J9).

local JOB_KEYS = { '', ':lock', ':dependencies', ':processed', ':failed', ':unsuccessful', ':logs', ':annotations',
  ':once' }

local function deleteJobKeys(jobKey)
  local keys = {}
  for i, suffix in ipairs(JOB_KEYS) do keys[i] = jobKey .. suffix end
  redis.call('UNLINK', unpack(keys))
end
