-- The `meta` of a job (J11), the last one of its options. Its text is copied: cjson would change
-- empty arrays and long numbers in it.

-- The text from `"meta":` on, without the brace that ends the options; nil for none. In a string no
-- quote stands before the colon without a backslash, so the text is found in the right place.
local function metaText(options)
  local at = string.find(options or '', '"meta":{', 1, true)
  return at and string.sub(options, at, -2)
end

-- The trace context in the text of a `meta`, its first name; nil for none (src/model/meta.ts).
local function traceText(meta)
  return string.match(meta, '^"meta":{("drover%.traceparent":"[%x%-]+")')
end

-- The options with a trace context in their `meta`, unless that has one.
local function withTrace(options, meta, trace)
  if not trace or traceText(meta) then return options end
  local at = string.find(options, '"meta":{', 1, true) + #'"meta":{'
  local rest = string.sub(options, at)
  return string.sub(options, 1, at - 1) .. trace .. (rest == '}}' and '' or ',') .. rest
end

-- The options of a job that belongs to another one, whose options are `outer`: with the `meta` of
-- that, where the job has none of its own. The trace context is inherited by itself.
local function withMetaOf(outer, options)
  local meta, own = metaText(outer), metaText(options)
  if not meta then return options end
  if own then return withTrace(options, own, traceText(meta)) end
  if options == '{}' then return '{' .. meta .. '}' end
  return string.sub(options, 1, -2) .. ',' .. meta .. '}'
end
