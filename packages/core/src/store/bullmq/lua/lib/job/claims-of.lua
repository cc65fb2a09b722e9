-- How often a job was claimed since it was put, or since it was let run again (O3). The fencing
-- token itself goes on rising.

local function claimsOf(claims, claimsBefore)
  return tonumber(claims or 0) - tonumber(claimsBefore or 0)
end
