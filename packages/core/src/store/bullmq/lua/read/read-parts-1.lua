--[[
  Reads parts of a pack with their states, each as if it was stored by itself.

  KEYS: pack
  ARGV: base (of its lane), packId, then the positions of the parts, from 1
  Reply: { partId, fields, state } for each; nil there is no such pack
]]
--- @include "job-state"
local base, packId = ARGV[1], ARGV[2]
local FIRST_POSITION = 3

local pack = readPack(base, packId)
if not pack then return nil end
local found = {}
for i = FIRST_POSITION, #ARGV do
  local position = tonumber(ARGV[i])
  local part = pack.parts[position]
  if part then
    local fields, state = unpack(partWithState(pack, position))
    found[#found + 1] = { part[1], fields, state }
  end
end
return found
