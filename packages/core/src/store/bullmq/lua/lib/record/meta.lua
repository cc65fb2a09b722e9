-- The `meta` of a job (J11), the last one of its options. Its text is copied: cjson would change
-- empty arrays and long numbers in it.

-- The text from `"meta":` on, without the brace that ends the options; nil for none. In a string no
-- quote stands before the colon without a backslash, so the text is found in the right place.
local function metaText(options)
  local at = string.find(options or '', '"meta":{', 1, true)
  return at and string.sub(options, at, -2)
end

-- The options of a job that belongs to another one, whose options are `outer`: with the `meta` of
-- that, where the job has none of its own.
local function withMetaOf(outer, options)
  local meta = metaText(outer)
  if not meta or metaText(options) then return options end
  if options == '{}' then return '{' .. meta .. '}' end
  return string.sub(options, 1, -2) .. ',' .. meta .. '}'
end
