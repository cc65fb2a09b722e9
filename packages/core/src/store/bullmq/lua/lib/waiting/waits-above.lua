-- A job that has not ended is waited for by the one above it, whatever a finish has done that
-- failed half-way on a damaged record (B1).
--- @include "needed"

local function waitsAbove(jobKey)
  local parentKey = redis.call('HGET', jobKey, 'parentKey')
  if not parentKey or not isUnfinished(parentKey) then return end
  for _, ending in ipairs({ ':processed', ':failed' }) do
    if redis.pcall('HEXISTS', parentKey .. ending, jobKey) == 1 then return end
  end
  redis.call('SADD', parentKey .. ':dependencies', jobKey)
end
