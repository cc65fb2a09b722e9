-- Writes down that a queue has a lane, where whoever looks for jobs finds it (Q6): in the script
-- that stores a job in it. No client remembers that: a server that was emptied, restored or failed
-- over would not know the lane.

local notedLanes = {}

-- `base` is that of the lane's keys; the main lane is always looked at.
local function noteLane(base)
  if notedLanes[base] then return end
  notedLanes[base] = true
  local queueBase, lane = string.match(base, '^(.*[^/:]+)/([^/:]+):$')
  -- Something else in the place of the lanes keeps nobody from storing the job (B1): who serves the
  -- lane knows it all the same.
  if lane then redis.pcall('SADD', queueBase .. ':lanes', lane) end
end

-- lanes: JSON of `<queue>/<lane>`. Of a damaged record they are not known.
local function noteLanes(root, lanes)
  local isJson, names = pcall(cjson.decode, lanes or '[]')
  for _, name in ipairs(isJson and type(names) == 'table' and names or {}) do
    if type(name) == 'string' then noteLane(root .. name .. ':') end
  end
end
