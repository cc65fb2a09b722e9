-- Redis's own clock, which all hosts share (Q2, D2).

local scriptTime

-- Milliseconds since 1970, the same throughout a script: a job that is put in it stands behind what
-- was due by then, and no more.
local function redisTime()
  if not scriptTime then
    local time = redis.call('TIME')
    scriptTime = time[1] * 1000 + math.floor(time[2] / 1000)
  end
  return scriptTime
end
