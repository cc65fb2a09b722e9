--[[
  Stores the values of steps of claimed packs (docs/protocol/packs.md). The next step of each begins
  after that. Each is fenced by the token of its pack (I5): a refused one changes nothing for the
  others.

  KEYS: wait
  ARGV: base (of the lane), then for each step: packId, token, position (from 1), value (JSON)
  Reply: for each step 1 its value is stored, by this call or an earlier attempt of it; 2 the same,
         and the lane is paused (O2): the next step may not begin; -1, -2, -6 refused; 0 the record
         of its pack is damaged
  Events: 'progress' of a pack, where a process waits for a step of it
]]
--- @include "bullmq-lists"
--- @include "end-claim"
local base = ARGV[1]

local function record(packId, token, position, value)
  local packKey = base .. packId
  local refusal = refusalOfToken(packKey, token)
  if refusal then return refusal end
  local ended = redis.call('LLEN', packKey .. ':values')
  if ended >= tonumber(position) then return 1 end
  if ended + 1 < tonumber(position) then return -2 end
  redis.call('RPUSH', packKey .. ':values', value)
  -- Processes that wait for a step look. Without one the event would only cost time.
  if hasField(packKey, 'watched') then emit(base, 'progress', packId, 'data', position) end
  return 1
end

local isPaused = redis.pcall('HEXISTS', base .. 'meta', 'paused') == 1
local reply = {}
for at = 2, #ARGV, 4 do
  local isRead, code = pcall(record, unpack(ARGV, at, at + 3))
  local stored = isPaused and code == 1 and 2 or code
  reply[#reply + 1] = isRead and stored or 0
end
return reply
