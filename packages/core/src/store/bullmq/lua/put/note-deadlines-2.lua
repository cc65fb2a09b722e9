--[[
  Stores by when jobs must have begun (Q2), before they are put. An entry whose job is never put is
  dropped when its time comes.

  KEYS: deadlines (of the queue), systemMarker
  ARGV: for each job: beginAfter (ms since 1970; 0 for none), beginBy (ms), member (`<lane>/<id>`)
  Reply: 1
]]
--- @include "system-marker"
local deadlinesKey, markerKey = KEYS[1], KEYS[2]

for i = 1, #ARGV, 3 do noteDeadline(deadlinesKey, unpack(ARGV, i, i + 2)) end
lookAtDeadlines(deadlinesKey, markerKey)
return 1
