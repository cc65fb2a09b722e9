-- Stores the puts of a run together with the write that commits them: all, or none (J6). They are
-- arguments of the script: the ids of those that others may have put, which stay where they are
-- (JSON; '' for none), the number of puts, then for each: base (of its lane), id, task, args,
-- options, dueAt ('0': now), callbacks (JSON; '' for none), appendTo (the key of the composite that
-- the job is appended to, and that the run is a part of; '' for none), entry (what the composite
-- keeps of it).
--- @include "append-part"
--- @include "callbacks"
--- @include "open-pack"
--- @include "staged"

local PUT_FIELDS = 9

-- first: the index of the first of these arguments. Returns that of the next argument after them.
local function afterPuts(first)
  return first + 2 + PUT_FIELDS * tonumber(ARGV[first + 1])
end

-- Whether staged arguments of a put are gone (see `staged`).
local function arePutsGone(first)
  for i = first + 2, afterPuts(first) - 1, PUT_FIELDS do
    if areGone(ARGV[i + 3]) then return true end
  end
  return false
end

-- jobKey: the job of the run.
local function storePuts(first, jobKey)
  local shared = sharedIn(ARGV[first])
  for i = first + 2, afterPuts(first) - 1, PUT_FIELDS do
    local base, id, task, args, options, dueAt, callbacks, appendTo, entry =
      unpack(ARGV, i, i + PUT_FIELDS - 1)
    local key = base .. id
    -- The schedule of the run may have made it a part of a pack.
    openFor(key)
    local isNew = not isStored(key)
    if isNew and not (shared[id] and putElsewhere(key)) then
      local isPut = true
      if appendTo == '' then newJob(base, id, task, args, options, dueAt)
      -- An appended job is not put where its composite has ended meanwhile.
      else isPut = appendPart(base, id, task, args, options, dueAt, jobKey, appendTo, entry) end
      if isPut and shared[id] then notePutAt(key) end
      -- The queue of the run is noted: its dispatcher did it.
      if isPut and string.sub(jobKey, 1, #base) ~= base then noteQueue(base) end
      if isPut and callbacks ~= '' then
        deferCallbacks(key, cjson.decode(callbacks), redisTime())
      end
    elseif not isNew and appendTo == '' and hasField(key, 'parentKey') then
      -- The schedule of the run has created the job as a child. It was put by itself too.
      redis.call('HSET', key, 'linked', 1)
    end
  end
end
