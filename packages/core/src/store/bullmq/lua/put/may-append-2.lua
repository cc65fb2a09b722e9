--[[
  Says whether a running job may append to a composite: it is a part of it, below a part, or a
  callback of a part that has not completed (C4).

  KEYS: appender, composite
  Reply: 1 it may; 0 it may not
]]
--- @include "append-part"
--- @include "open-pack"
openFor(KEYS[1])
return placeToAppend(KEYS[1], KEYS[2]) and 1 or 0
