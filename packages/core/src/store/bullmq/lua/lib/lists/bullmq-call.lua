-- The arguments of BullMQ's own scripts, which Drover's scripts call as functions.

-- The keys of a lane, in the order in which BullMQ's scripts take them; the other keys follow. An
-- empty set stands in the place of `delayed`: BullMQ would move due jobs by the clock of a host.
-- Where a record is damaged, it would take other jobs out of `delayed` and then fail, so that they
-- would be in no list (B1).
local function bullKeys(base, ...)
  return { base .. 'wait', base .. 'active', base .. 'prioritized', base .. 'events',
    base .. 'stalled', base .. 'limiter', base .. 'nothing-due', base .. 'paused', base .. 'meta',
    base .. 'pc', ... }
end

-- The options: of a claim under `token`, and of a finish that keeps the job. uuid: the dispatcher.
local function bullOptions(token, uuid, lockDuration)
  return { token = token, name = uuid, lockDuration = tonumber(lockDuration),
    keepJobs = { count = -1 }, attempts = 0, maxMetricsSize = '' }
end
