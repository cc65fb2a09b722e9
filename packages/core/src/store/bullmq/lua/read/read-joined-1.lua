--[[
  Reads fields of many jobs, given by their names. Their keys are in the Cluster slot of the named
  key. The reply ends early where it becomes long.

  KEYS: completed (of the lane; not read)
  ARGV: base (of the lane), prefix, number of fields, the fields' names, then the names of the jobs
  Reply: for each job the values of its fields, nil for a missing one, and of a job with long fields
         the names of these, whose values are left out (see `long-fields`); or its position in the
         pack that the reply has before it: { { data, opts, ats, pb }, the values of its parts }
]]
--- @include "long-fields"
--- @include "packs"
local base, prefix, count = ARGV[1], ARGV[2], tonumber(ARGV[3])
local FIRST_FIELD = 4
local FIRST_JOB = FIRST_FIELD + count
-- In bytes.
local ENOUGH = 1000000

local fields = {}
for i = 1, count do fields[i] = ARGV[FIRST_FIELD + i - 1] end

local size = 0
local function add(values)
  for _, value in ipairs(values) do size = size + #(value or '') end
  return values
end

-- The values of a job's fields; false for a missing one.
local function read(key)
  local names = redis.call('HGET', key, 'longFields')
  if not names then return add(redis.call('HMGET', key, unpack(fields))) end
  local values = {}
  for i, field in ipairs(fields) do
    values[i] = not isAmong(names, field) and redis.call('HGET', key, field)
  end
  values[count + 1] = names
  return add(values)
end

local reply, pack = {}, nil
for i = FIRST_JOB, #ARGV do
  if size > ENOUGH then break end
  local key = keyOfName(ARGV[i], base, prefix)
  -- Parts of one pack mostly follow each other.
  local position = pack and pack.keys[key]
  if not position then
    local found = read(key)
    local isThere = found[1] or isStored(key)
    local other
    if not isThere then other, position = packWith(splitJobKey(key)) end
    if other then
      pack = other
      local facts = { pack.data, pack.opts or '{}', pack.ats, pack.pb }
      reply[#reply + 1] = { add(facts), add(pack.values) }
    else
      reply[#reply + 1] = found
    end
  end
  if position then reply[#reply + 1] = position end
end
return reply
