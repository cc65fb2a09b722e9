--[[
  Forgets a deactivated dispatcher: removes its record (D10).

  KEYS: record
  ARGV: uuid, prefix
  Reply: 'deactivated' it is forgotten; 'none' there was no record; else its status
]]
--- @include "dispatcher-record"
local uuid, prefix = unpack(ARGV)
return forgetRecord(prefix, uuid)
