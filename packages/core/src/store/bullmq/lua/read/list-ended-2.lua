--[[
  Reads a page of the ended jobs of a lane, the newest end first: of one of BullMQ's sets, or of
  both as one list. It costs the same wherever the page is.

  KEYS: completed, failed
  ARGV: start, count, since, until (ms since 1970, '' for none: those that ended from `since` on and
        before `until`), ofCompleted, ofFailed ('1' to read that set; '0')
  Reply: id, time, id, time …
]]
local start, count, since, before = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3], ARGV[4]
local lowest, highest = since ~= '' and since or '-inf', before ~= '' and '(' .. before or '+inf'

-- newer: how many ended too late. size: how many are wanted.
local function openSet(key, isRead)
  if isRead ~= '1' then return { key = key, newer = 0, size = 0 } end
  return { key = key, newer = before ~= '' and redis.call('ZCOUNT', key, before, '+inf') or 0,
    size = redis.call('ZCOUNT', key, lowest, highest) }
end

-- The entries from one position to another, both counted: id, time, id, time …
local function readSet(set, first, last)
  last = math.min(last, set.size - 1)
  if first > last then return {} end
  return redis.call('ZREVRANGE', set.key, set.newer + first, set.newer + last, 'WITHSCORES')
end

local completed, failed = openSet(KEYS[1], ARGV[5]), openSet(KEYS[2], ARGV[6])

-- How many entries of `completed` come before position `start` of the common list. Of jobs that
-- ended in the same ms the completed ones come first.
local function completedBefore()
  local low, high = math.max(0, start - failed.size), math.min(start, completed.size)
  while low < high do
    local middle = math.floor((low + high) / 2)
    local _, time = unpack(readSet(completed, middle, middle))
    local failedBefore = redis.call('ZCOUNT', failed.key, '(' .. time, highest)
    if middle + failedBefore >= start then high = middle else low = middle + 1 end
  end
  return low
end

local passed = failed.size > 0 and completedBefore() or start
local some = readSet(completed, passed, passed + count - 1)
local others = readSet(failed, start - passed, start - passed + count - 1)
local page, i, j = {}, 1, 1
while #page < 2 * count and (some[i] or others[j]) do
  local isNext = some[i] and (not others[j] or tonumber(some[i + 1]) >= tonumber(others[j + 1]))
  page[#page + 1] = isNext and some[i] or others[j]
  page[#page + 1] = isNext and some[i + 1] or others[j + 1]
  if isNext then i = i + 2 else j = j + 2 end
end
return page
