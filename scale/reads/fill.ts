// Fills a queue with very many jobs in every situation, as an ordinary producer and a dispatcher
// bring them about.
import { parallel, type Composite } from '@drover/composite';
import { Dispatchers, type Job, type PutOptions, type Queue } from '@drover/core';
import { LaneKeys } from '#kit/store';
import { MAIN_LANE } from '@drover/core/internal';
import { setTimeout as pause } from 'node:timers/promises';
import type { Place } from '../scenarios/scenario.js';
import { broken, hold, quick } from '../tasks.js';
import type { WorkerProcess } from '../workers.js';

/** The lanes of the queue, beside `main`. */
export const BUSY = 'busy';
export const OTHER = 'gpu';
const UNSERVED = 'unserved';
/** The quota for which jobs wait. */
export const QUOTA = 'disk';
/** Beside it. */
const MORE_QUOTAS = 50;
const SCHEDULES = 50;
/** Jobs that run all the time. */
export const ACTIVE = 100;
/** Jobs of one putAll. */
const BATCH = 10_000;
/** Ms between looks at the numbers of the queue. */
const LOOK = 200;
const HOUR = 3_600_000;
const CUSTOMERS = 1_000;

/** The first and the last job of each situation, and the composites. */
export interface Filled {
  first: Record<Situation, Job>;
  last: Record<Situation, Job>;
  /** Packed composites: pending, begun, ended. */
  albums: Record<'pending' | 'begun' | 'ended', Composite<unknown>>;
  /** One of each, in the middle. */
  parts: Record<'pending' | 'begun' | 'ended', Job>;
  total: number;
}

export type Situation =
  | 'succeeded'
  | 'failed'
  | 'deadLetter'
  | 'active'
  | 'waitingForQuota'
  | 'delayed'
  | 'withPriority'
  | 'withKey'
  | 'inOtherLane'
  | 'pending';

/** How many of a million jobs are in each situation; the rest is pending in the lane `main`. */
const SHARES: Record<Exclude<Situation, 'pending' | 'active'>, number> = {
  succeeded: 0.2,
  failed: 0.02,
  deadLetter: 0.001,
  waitingForQuota: 0.05,
  delayed: 0.1,
  withPriority: 0.15,
  withKey: 0.02,
  inOtherLane: 0.1,
};
/** The parts of each of three composites. */
const PARTS = 0.03;

/** What fills the queue. */
interface Filling {
  place: Place;
  queue: Queue;
  worker: WorkerProcess;
  first: Filled['first'];
  last: Filled['last'];
  share: (of: keyof typeof SHARES) => number;
}

/**
 * Fills the queue with so many jobs.
 * @param worker a dispatcher of its lanes `main` and `gpu`, with another agent for the lane `busy`
 * @param uuid of that dispatcher
 */
export async function fill(
  place: Place,
  queue: Queue,
  worker: WorkerProcess,
  uuid: string,
): Promise<Filled> {
  const total = place.size('jobs');
  const share = (of: keyof typeof SHARES) => Math.ceil(total * SHARES[of]);
  const filling: Filling = {
    ...{ place, queue, worker, share },
    first: {} as Filled['first'],
    last: {} as Filled['last'],
  };
  await queue.quotas.create(QUOTA, 2);
  for (let i = 0; i < MORE_QUOTAS; i++) await queue.quotas.create(`quota-${i}`, i);
  await fillEnded(filling);
  place.tell('jobs have ended, and others are dead letters');
  await fillActive(filling);
  place.tell('jobs run, and others wait for a quota');

  const parts = Math.max(10, Math.ceil(total * PARTS));
  const [ended, begun, pending] = [
    partsOf(parts, (i) => quick.job(i, customer(i))),
    partsOf(parts, () => hold.job().with({ lane: UNSERVED })),
    partsOf(parts, () => hold.job()),
  ];
  const albums = {
    ended: await queue.put(parallel(ended)),
    begun: await queue.put(parallel(begun)),
    pending: parallel(pending),
  };
  await albums.ended.wait();
  await until(async () => (await albums.begun.progress()).pending === parts);
  await stopClaiming(place, uuid);
  place.tell('a composite has ended, and another has begun');
  await fillPending(filling, total - 3 * parts);
  await queue.put(albums.pending);
  for (let i = 0; i < SCHEDULES; i++)
    await queue.schedules.set(`schedule-${i}`, { every: 24 * HOUR }, hold.job());
  const partOf = (jobs: Job[]): Job => jobs[Math.floor(parts / 2)] as Job;
  return {
    ...{ first: filling.first, last: filling.last, albums, total },
    parts: { ended: partOf(ended), begun: partOf(begun), pending: partOf(pending) },
  };
}

const customer = (n: number): string => `customer-${n % CUSTOMERS}`;

function partsOf<J extends Job>(count: number, make: (i: number) => J): J[] {
  return Array.from({ length: count }, (_, i) => make(i));
}

async function putMany(
  { queue, first, last }: Filling,
  situation: Situation,
  count: number,
  make: (i: number) => Job<unknown, []>,
  options: PutOptions = {},
): Promise<void> {
  for (let from = 0; from < count; from += BATCH) {
    const jobs = Array.from({ length: Math.min(BATCH, count - from) }, (_, i) => make(from + i));
    await queue.putAll(jobs, options);
    first[situation] ??= jobs[0] as Job;
    last[situation] = jobs.at(-1) as Job;
  }
}

async function fillEnded(filling: Filling): Promise<void> {
  const { queue, worker, share } = filling;
  await fillDeadLetters(filling);
  await putMany(filling, 'succeeded', share('succeeded'), (n) =>
    quick.job(n, customer(n)).with({ lane: n % 5 === 0 ? OTHER : MAIN_LANE }),
  );
  await putMany(filling, 'failed', share('failed'), (n) => broken.job(n, customer(n)), {
    retryPolicy: 'NeverRetry',
    failureLogLevel: 'debug',
  });
  await worker.told('completed', share('succeeded'));
  await worker.told('failed', share('failed'));
  await until(async () => (await queue.counts()).setAside === share('deadLetter'));
}

/** Their arguments are damaged while they wait for their time, which is brought forward then. */
async function fillDeadLetters({ place, queue, first, last, share }: Filling): Promise<void> {
  const keys = new LaneKeys(place.prefix, queue.name, MAIN_LANE);
  const jobs = Array.from({ length: share('deadLetter') }, () => hold.job());
  await queue.putAll(jobs, { beginAfter: HOUR });
  const damage = place.client.pipeline();
  for (const { id } of jobs) {
    damage.hset(keys.job(id), 'data', 'no JSON');
    damage.zadd(keys.list('delayed'), 'XX', 0, id);
  }
  await damage.exec();
  [first.deadLetter, last.deadLetter] = [jobs[0] as Job, jobs.at(-1) as Job];
}

async function fillActive(filling: Filling): Promise<void> {
  const { queue, worker, share } = filling;
  await putMany(filling, 'active', ACTIVE, (n) =>
    hold.job().with({ lane: BUSY, quotas: n < 2 ? [QUOTA] : [] }),
  );
  await worker.told('started', share('succeeded') + share('failed') + ACTIVE);
  const count = share('waitingForQuota');
  await putMany(filling, 'waitingForQuota', count, (n) => quick.job(n, customer(n)), {
    quotas: [QUOTA],
  });
  await until(async () => (await queue.counts()).waitingForQuota === count);
}

async function stopClaiming({ url, prefix }: Place, uuid: string): Promise<void> {
  await using fleet = new Dispatchers({ connection: url, prefix });
  await fleet.setAgent(uuid, 'reads', 'main', { size: 0 });
}

/** No agent claims these. */
async function fillPending(filling: Filling, total: number): Promise<void> {
  const { share, place } = filling;
  const make = (n: number) => quick.job(n, customer(n));
  await putMany(filling, 'delayed', share('delayed'), (n) =>
    make(n).with({ beginAfter: HOUR + n }),
  );
  await putMany(filling, 'withPriority', share('withPriority'), (n) =>
    make(n).with({ priority: 1 + (n % 10) }),
  );
  await putMany(filling, 'withKey', share('withKey'), (n) => make(n).with({ key: `invoice-${n}` }));
  await putMany(filling, 'inOtherLane', share('inOtherLane'), (n) => make(n).with({ lane: OTHER }));
  const others = Object.values(SHARES).reduce(
    (sum, one) => sum + Math.ceil(place.size('jobs') * one),
    0,
  );
  await putMany(filling, 'pending', Math.max(10, total - others - ACTIVE), make);
  place.tell('the rest is pending');
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await pause(LOOK);
}
