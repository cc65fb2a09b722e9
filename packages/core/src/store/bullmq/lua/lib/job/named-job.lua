-- How the jobs of a lane name others: by their ids, and by `<BullMQ queue>:<id>` where they are in
-- another lane.

-- Returns the base of the keys of the job's lane, and its id. base: of the lane at hand; prefix: of
-- all keys, with its colon.
local function placeOf(name, base, prefix)
  if not string.find(name, ':', 1, true) then return base, name end
  local queue, id = string.match(name, '^(.*:)(.*)$')
  return prefix .. queue, id
end
