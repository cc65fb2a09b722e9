--[[
  Says whether a job that was not found may still come (J12).

  KEYS: job
  ARGV: the keys of its origins, nearest first
  Reply: 1 it is stored meanwhile; 0 it may come; else { why it never will, the key of the origin or
         '' }: 'ended' (the origin has ended), 'stored before' (the job was stored, and is gone),
         'removed' (the origin was removed)
]]
--- @include "dependents"
local jobKey = KEYS[1]

if isStored(jobKey) then return 1 end
local chain, why, originKey = comesFrom(jobKey, ARGV)
if chain then return 0 end
return { why, originKey or '' }
