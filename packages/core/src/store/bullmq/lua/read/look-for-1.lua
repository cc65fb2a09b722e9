--[[
  Says whether a job that was not found may still come (J12).

  KEYS: job
  ARGV: the keys of its origins, nearest first
  Reply: 1 it is stored meanwhile; 0 it may come; else why it never will ('ended': its origin has;
         'stored before': it was, and is gone; 'removed': its origin was), and the key of that
         origin ('' for none)
]]
--- @include "comes-from"
local jobKey = KEYS[1]

if redis.call('HEXISTS', jobKey, 'name') == 1 then return 1 end
local chain, why, originKey = comesFrom(jobKey, ARGV)
if chain then return 0 end
return { why, originKey or '' }
