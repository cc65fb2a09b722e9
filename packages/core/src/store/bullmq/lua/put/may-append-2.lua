--[[
  Whether a job may add to those that another one waits for: it is one of them, below one of them,
  or a callback of one that has not completed (C4).

  KEYS: appender, joining
  Reply: 1, or 0
]]
--- @include "append-part"
return placeToAppend(KEYS[1], KEYS[2]) and 1 or 0
