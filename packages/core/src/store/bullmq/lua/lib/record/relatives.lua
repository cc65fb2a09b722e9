-- The jobs around a job, for readers: the one that waits for it, or whose callback it is; its
-- callbacks; and the jobs that it waits for. A writer has no need of them.
--- @include "packs"
--- @include "parents"

-- In bytes. The names of the children in a longer manifest are not read: some 100 jobs.
local FEW = 5000

-- By key: the tasks and the parents that this script has read.
local tasksRead, joiningRead = {}, {}

local function readTask(key)
  local task = redis.pcall('HGET', key, 'name')
  if type(task) == 'string' then return task end
  local pack, position = packWith(splitJobKey(key))
  return pack and pack.parts[position][2]
end

-- The task of a job; nil where it is not stored. A record may be damaged, or name a key outside the
-- prefix, which is not looked at (B1).
local function taskOf(prefix, key)
  if type(key) ~= 'string' or string.sub(key, 1, #prefix) ~= prefix then return nil end
  if tasksRead[key] == nil then
    local isRead, task = pcall(readTask, key)
    tasksRead[key] = isRead and task or false
  end
  return tasksRead[key] or nil
end

-- The job that waits for one with this parent. A postprocess is left out: the job above it waits.
local function joiningAbove(prefix, parentKey, parent)
  local outerKey = outerAbove(parentKey, parent)
  if string.sub(outerKey, 1, #prefix) ~= prefix then return nil end
  if joiningRead[outerKey] == nil then
    local isRead, joiningKey = pcall(joinedBelow, outerKey)
    joiningRead[outerKey] = isRead and joiningKey or false
  end
  return joiningRead[outerKey] or nil
end

-- The names of the jobs that a job waits for. The arguments of Drover's own composites tell theirs.
local function namesInManifest(task, manifest)
  if string.sub(task or '', 1, 7) == 'drover.' then return {} end
  if not manifest or #manifest > FEW then return {} end
  local isJson, found = pcall(cjson.decode, manifest)
  if not isJson or type(found) ~= 'table' or type(found.jobs) ~= 'table' then return {} end
  local names = found.jobs
  names[#names + 1] = found['then']
  return names
end

local function addRelative(found, prefix, what, key)
  local task = taskOf(prefix, key)
  if task then addAll(found, what, key, task) end
end

-- Adds to the fields of a job, which it returns, `relatives`: JSON of what each is, its key and its
-- task. Most jobs have none, and get no field.
local function withRelatives(base, fields)
  local of, found, prefix = {}, {}, splitBase(base)
  for i = 1, #fields, 2 do of[fields[i]] = fields[i + 1] end
  local parentKey = of.callbackOf or of.partOf
  if of.parentKey and not of.callbackOf then
    parentKey = joiningAbove(prefix, of.parentKey, of.parent)
  end
  addRelative(found, prefix, 'parent', parentKey)
  for _, list in ipairs({ of.ranCallbacks or '[]', of.callbacks or '[]' }) do
    for _, key in ipairs(keysIn(list)) do addRelative(found, prefix, 'callback', key) end
  end
  for _, name in ipairs(namesInManifest(of.name, of.manifest)) do
    if type(name) == 'string' then
      addRelative(found, prefix, 'child', keyOfName(name, base, prefix))
    end
  end
  if #found > 0 then addAll(fields, 'relatives', cjson.encode(found)) end
  return fields
end
