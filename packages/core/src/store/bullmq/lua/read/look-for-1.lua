--[[
  Says whether a job that was not found may still come (J12).

  KEYS: job
  ARGV: the keys of its origins, nearest first
  Reply: 1 it is stored meanwhile; 0 it may come; '<pack> <position> <inOrder>' it may come from an
         origin that is a part of a pack: the key of the pack, the position of the part, and '1'
         where it is a step of a `serial`, '0'; else { why it never will, the key of the origin or
         '' }: 'ended' (the origin has ended), 'stored before' (the job was stored, and is gone),
         'removed' (the origin was removed)
]]
--- @include "dependents"
--- @include "packs"
local jobKey = KEYS[1]

if isStored(jobKey) or packWith(splitJobKey(jobKey)) then return 1 end
local chain, why, originKey = comesFrom(jobKey, ARGV)
if not chain then return { why, originKey or '' } end
local pack, position = packWith(splitJobKey(chain[#chain]))
return pack and pack.key .. ' ' .. position .. ' ' .. (pack.inOrder and '1' or '0') or 0
