// The answers of the API as schemas, for openapi.json. New fields may come: each is loose. The
// types behind them say what each field means.
import { z } from 'zod';

const text = z.string();
const number = z.number();
const time = z.number().describe('ms since 1970, by the clock of Redis');
const span = z.number().describe('ms');
const facts = z.record(text, z.unknown());
const some = <T extends z.ZodRawShape>(shape: T) => z.looseObject(shape);

const failure = some({ name: text, message: text });
const jobName = { id: text, task: text, queue: text };

const jobRow = some({
  ...jobName,
  lane: text,
  status: z.enum(['new', 'pending', 'assigned', 'active', 'callbacks', 'completed']),
  outcome: z.enum(['succeeded', 'failed']).optional(),
  times: some({
    ...{ put: time.optional(), due: time.optional() },
    ...{ started: time.optional(), ended: time.optional() },
  }),
  attempts: number,
  interruptions: number,
  dispatcher: text.optional(),
});

const explanation = some({
  reason: text.describe('docs/guides/explain.md has all of them'),
  sentence: text,
  advice: text,
});

const job = jobRow.extend({
  agent: text.optional(),
  options: facts,
  meta: facts,
  args: z.unknown().describe('missing where redacted, as value, annotations, once').optional(),
  value: z.unknown().optional(),
  failure: failure.optional(),
  annotations: facts.optional(),
  once: facts.optional(),
  onceCount: number,
  fence: number,
  policyData: facts,
  retries: number,
  parent: some(jobName).optional(),
  callbacks: z.array(some(jobName)),
  why: explanation,
});

const laneNumbers = {
  ...{ pending: number, due: number, delayed: number, waitingForQuota: number },
  ...{ active: number, callbacks: number, completed: number, succeeded: number, failed: number },
  setAside: number,
  oldestDue: time.optional(),
  lastMinute: some({ succeeded: number, failed: number }),
};

const queue = some({
  name: text,
  paused: z.boolean(),
  interrupted: number,
  ...laneNumbers,
  lanes: z.array(some({ name: text, ...laneNumbers, agents: number, slots: number })),
});

const agent = some({
  ...{ queue: text, name: text, size: number, lanes: z.array(text) },
  ...{ threads: z.boolean(), running: number },
});

const dispatcher = some({
  uuid: text,
  status: z.enum(['active', 'dead', 'cleaning', 'deactivated']),
  ...{ epoch: number, host: text, pid: number, thread: number },
  versions: some({ drover: text, node: text }),
  ...{ activatedAt: time, lastPing: time, uptime: span, pingAge: span, deathInterval: span },
  agents: z.array(agent),
  tasks: z.array(text),
  blockedFor: span,
  deaths: number,
  lastDeath: some({ at: time, host: text, pid: number }).optional(),
});

const alarm = some({ kind: text, says: text, cure: text });

const page = { start: number, limit: number };

/** A tree, whose nodes have no name in JSON Schema of their own. */
const treeNode = some({
  ...jobName,
  role: z.enum(['root', 'part', 'postprocess', 'returned', 'callback']),
  kind: z.enum(['serial', 'parallel', 'joined']).optional(),
  job: jobRow.optional(),
  failure: failure.optional(),
  progress: facts.optional(),
  children: z.array(facts).describe('such nodes'),
  hidden: number,
});

/** By the type that the answer has in TypeScript. */
export const ANSWERS = {
  MonitorFacts: some({ prefix: text, readOnly: z.boolean(), version: text, redacted: z.boolean() }),
  FleetActivity: some({
    ...{ now: time, within: span, succeeded: number, failed: number },
    steps: z.array(some({ from: time, to: time, succeeded: number, failed: number })),
  }),
  FleetStatus: some({
    now: time,
    prefix: text,
    redis: z.array(facts).optional(),
    queues: z.array(queue),
    dispatchers: z.array(dispatcher),
    alarms: z.array(alarm),
  }),
  Findings: z.array(
    some({
      level: z.enum(['fine', 'unsure', 'warning', 'wrong']),
      ...{ about: text, says: text, cure: text.optional() },
    }),
  ),
  Dispatchers: z.array(dispatcher),
  DispatcherView: dispatcher.extend({ jobs: z.array(jobRow) }),
  Queues: z.array(queue),
  QueueState: queue,
  JobPage: some({ jobs: z.array(jobRow), ...page, more: z.boolean() }),
  DeadLetterPage: some({
    letters: z.array(some({ id: text, lane: text, task: text.optional(), reason: text, at: time })),
    ...{ ...page, total: number },
  }),
  Quotas: z.array(
    some({
      ...{ name: text, size: number, held: number, holders: z.array(text), waiters: number },
      keys: some({ inUse: number, read: number, busiest: z.array(facts) }).optional(),
    }),
  ),
  RateLimits: z.array(some({ name: text, max: number, duration: span })),
  Schedules: z.array(some({ name: text, task: text, lane: text, paused: z.boolean() })),
  JobView: job,
  Explanation: explanation,
  TreeNode: treeNode,
  PartPage: some({
    parts: z.array(
      some({ id: text, queue: text, state: z.enum(['succeeded', 'failed', 'active', 'pending']) }),
    ),
    ...{ start: number, total: number },
  }),
  Interrupts: some({
    ...{ now: time, within: span, more: z.boolean() },
    deaths: z.array(
      some({
        ...{ dispatcher: text, host: text, pid: number, at: time, deaths: number },
        status: z.enum(['active', 'dead', 'cleaning', 'deactivated']),
      }),
    ),
    interrupts: z.array(
      some({
        ...{ at: time, job: some(jobName), by: some(jobName) },
        decided: some({ at: time, how: text, dispatcher: text.optional() }).optional(),
      }),
    ),
  }),
  Events: text.describe('server-sent events'),
  Done: some({
    matched: number.describe('how many jobs passed the filter').optional(),
    done: number.describe('how many were changed').optional(),
    dryRun: z.boolean().describe('it only counted').optional(),
  }),
} as const satisfies Record<string, z.ZodType>;

export type AnswerName = keyof typeof ANSWERS;
