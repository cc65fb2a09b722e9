-- Redis's clock, which all hosts share (Q2, D2).

local scriptTime

-- ms since 1970. It stands still during a script: a job that the script puts comes behind all jobs
-- that are due by then, and before all others.
local function redisTime()
  if not scriptTime then
    local time = redis.call('TIME')
    scriptTime = time[1] * 1000 + math.floor(time[2] / 1000)
  end
  return scriptTime
end
