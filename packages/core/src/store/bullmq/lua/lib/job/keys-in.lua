-- The keys in a list that is kept as JSON. Of a damaged one nothing is known (B1).
local function keysIn(json)
  local isJson, keys = pcall(cjson.decode, json or '[]')
  return isJson and type(keys) == 'table' and keys or {}
end
