// The options of BullMQ that Drover does not have, and what takes their place. An error about an
// unknown option ends with the hint (B2). The guide "Coming from BullMQ" has the reasons.

/** The hint for each option, wherever it is given. */
export const HINTS: Readonly<Record<string, string>> = {
  // Of a job.
  attempts: 'use retryPolicy: retry({ attempts: 3 })',
  backoff: 'use retryPolicy: retry({ attempts: 3, backoff: 1_000 })',
  continueParentOnFailure:
    'a composite goes on after a failed part, whose failure is the result of that part',
  debounce: "use key, with whenTaken: 'replace' and beginAfter",
  deduplication: 'use key, with whenTaken and until',
  delay: 'use beginAfter, in ms or a Date',
  failParentOnFailure: "use onFailure: 'stop' of serial or parallel",
  ignoreDependencyOnFailure:
    'a composite goes on after a failed part, whose failure is the result of that part',
  jobId: 'use key: while a job has it, no other job with that key is put',
  keepLogs: 'use job.annotate, or the logger of the dispatcher',
  lifo: 'jobs of a lane begin in the order of their puts; use priority for urgent ones',
  parent: 'make the job a part: parallel([job, …]) or serial([job, …])',
  prevMillis: 'use queue.schedules.set',
  removeDependencyOnFailure:
    'a composite goes on after a failed part, whose failure is the result of that part',
  removeOnComplete: 'use keepCompleted: { succeeded: { count, age } } of the dispatcher',
  removeOnFail: 'use keepCompleted: { failed: { count, age } } of the dispatcher',
  repeat: 'use queue.schedules.set(name, { cron } or { every }, job)',
  repeatJobKey: 'use queue.schedules.set',
  sizeLimit: 'use maxDataBytes of the queue and of the dispatcher',
  stackTraceLimit: 'a failure has the stack of its error: set Error.stackTraceLimit',
  telemetry: 'use enableTracing of @drover/monitor/tracing',
  timestamp: 'the time of a put is told by Redis; use beginAfter for a later beginning',
  // Of a queue, and of QueueEvents.
  blockingConnection: 'Drover makes the connections that it needs',
  blockingTimeout: 'job.wait needs no QueueEvents',
  lastEventId: 'job.wait needs no QueueEvents, and misses no end of a job',
  queuesOptions: 'a part is put into the queue of its composite: use lane',
  skipMetasUpdate: 'Drover does not write the version of BullMQ',
  skipVersionCheck: 'Drover works with one version of BullMQ, and says which',
  skipWaitingForReady: 'use whenUnavailable and unavailableTimeout of the queue',
  streams: 'Drover keeps the last 10,000 events of a lane',
  // Of a worker.
  autorun: 'use dispatcher.activate()',
  concurrency: 'use size of an agent: queues: { images: { main: { size: 10 } } }',
  drainDelay: 'a dispatcher is woken when a job is put',
  limiter:
    "use queue.rateLimits.create('api', { max: 10, duration: 1_000 }), and rateLimits: ['api'] of " +
    'the jobs',
  lockDuration: 'a job is held while its dispatcher lives: use deathInterval',
  lockRenewTime: 'a dispatcher pings for all of its jobs: use pingInterval',
  maxStalledCount: 'the retry policy decides: use retryPolicy: retry({ interrupts: 3 })',
  maxStartedAttempts: 'the retry policy decides: use retryPolicy: retry({ interrupts: 3 })',
  maximumRateLimitDelay: 'a job that waits for a rate limit is woken when that opens',
  metrics: 'use dispatcher.statistics() and queue.counts()',
  runRetryDelay: 'a dispatcher waits for Redis by itself',
  settings: 'use retry({ backoff }) or defineRetryPolicy for delays of your own',
  backoffStrategy: 'use defineRetryPolicy',
  repeatStrategy: 'use { cron } or { every } of queue.schedules.set',
  repeatKeyHashAlgorithm: 'a schedule has the name that you give it',
  skipLockRenewal: 'a dispatcher always pings: siblings take its jobs when it dies',
  skipStalledCheck: 'each dispatcher looks for dead siblings: use deathInterval',
  stalledInterval: 'use deathInterval: after it a dispatcher without a ping is dead',
  useWorkerThreads: 'use threads: true of an agent, and taskModules',
  workerForkOptions: 'use threads: true of an agent: Drover starts no processes',
  workerThreadsOptions: 'use threads: { resourceLimits, execArgv } of an agent',
  // Of a repeated job.
  endDate: 'remove the schedule when it is over: queue.schedules.remove(name)',
  immediately: 'put a job beside the schedule: queue.put(job)',
  limit: 'remove the schedule when it is over: queue.schedules.remove(name)',
  offset: 'use { cron }: a grid of { every } begins when the schedule is set',
  pattern: 'use cron',
  startDate: 'a schedule begins when it is set',
  tz: 'use timezone',
};

/** Hints for one place, in the words of its errors, which come before those above. */
export const HINTS_OF: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  retry: { delay: 'use backoff, in ms or { type, delay }' },
  jobs: { limit: 'use start and end' },
  'the times of a schedule': {
    key: 'a schedule has the name that you give to set',
    jobId: 'each job of a schedule has an id of its own, and job.schedule',
    count: 'a schedule goes on until it is removed',
  },
  'a dispatcher': {
    name: 'agents have names: queues: { images: { main: { size: 10 } } }',
    skipWaitingForReady: 'dispatcher.activate() waits for Redis',
  },
  keepCompleted: { limit: 'a dispatcher removes as many as are over, in short steps' },
};

/** The hint for an option that Drover does not have; undefined where BullMQ has no such option. */
export function hintFor(of: string, option: string): string | undefined {
  const own = HINTS_OF[of];
  if (own && Object.hasOwn(own, option)) return own[option];
  return Object.hasOwn(HINTS, option) ? HINTS[option] : undefined;
}
