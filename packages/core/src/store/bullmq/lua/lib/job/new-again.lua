-- Makes a job that has ended new again (O3). It keeps who it is, its callbacks that ran, how often
-- it was claimed and interrupted, and what it has done once.
--- @include "job-key"

local OF_ITS_LIFE = { 'finishedOn', 'failedReason', 'returnvalue', 'failure', 'stacktrace', 'result', 'cancelled', 'aborted', 'stopped',
  'policyData', 'retries', 'resumeAfter', 'manifest', 'scheduledChunks', 'putBy', 'waitingOwner', 'processedOn', 'quotaArrival', 'unroutableOffers', 'defa' }

-- Its deadline counts from now (Q2).
local function makeNewAgain(key, timestamp)
  local base, id = splitJobKey(key)
  redis.call('ZREM', base .. 'failed', id)
  redis.call('ZREM', base .. 'completed', id)
  redis.call('HDEL', key, unpack(OF_ITS_LIFE))
  redis.call('DEL', key .. ':dependencies', key .. ':unsuccessful')
  redis.call('HSET', key, 'delay', 0, 'turnAt', timestamp, 'claimsBefore', redis.call('HGET', key, 'ats') or 0)
end
