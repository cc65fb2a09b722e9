--[[
  Reads fields of many jobs, given by their names. Their keys are in the Cluster slot of the named
  key.

  KEYS: completed (of the lane; not read)
  ARGV: base (of the lane), prefix, number of fields, the fields' names, then the names of the jobs
  Reply: for each job the values of its fields, nil for a missing one; or its position in the pack
         that the reply has before it: { { data, ats, pb }, the values of its parts }
]]
--- @include "packs"
local base, prefix, count = ARGV[1], ARGV[2], tonumber(ARGV[3])
local FIRST_FIELD = 4
local FIRST_JOB = FIRST_FIELD + count

local fields = {}
for i = 1, count do fields[i] = ARGV[FIRST_FIELD + i - 1] end

local reply, pack = {}, nil
for i = FIRST_JOB, #ARGV do
  local key = keyOfName(ARGV[i], base, prefix)
  -- Parts of one pack mostly follow each other.
  local position = pack and pack.keys[key]
  if not position then
    local found = redis.call('HMGET', key, unpack(fields))
    local isThere = found[1] or isStored(key)
    local other
    if not isThere then other, position = packWith(splitJobKey(key)) end
    if other then
      pack = other
      local facts = { pack.data, pack.ats, pack.pb }
      reply[#reply + 1] = { facts, pack.values }
    else
      reply[#reply + 1] = found
    end
  end
  if position then reply[#reply + 1] = position end
end
return reply
