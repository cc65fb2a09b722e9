--[[
  Adds lanes to the set of a queue, from which a server may have lost them.

  KEYS: lanes
  ARGV: prefix, lanes (JSON of `<queue>/<lane>`)
  Reply: 1
]]
--- @include "stored-at"
noteLanes(unpack(ARGV))
return 1
