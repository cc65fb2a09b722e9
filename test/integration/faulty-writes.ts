// Every write of a run, of recovery and of a producer, each with a scenario that makes it: for
// tests that let each of them go wrong.
import { parallel, serial } from '@drover/composite';
import { randomUUID } from 'node:crypto';
import {
  AbortedError,
  defineTask,
  Failure,
  joinJobs,
  local,
  NeverRetry,
  RateLimitedError,
  retry,
  RetryableError,
  type Dispatchers,
  type Job,
  type Queue,
} from '@drover/core';
import type { Dispatcher } from '@drover/worker';
import { hasStarted } from '../kit/dispatchers.js';
import type { Match } from '../kit/fault-proxy.js';
import { endsJob } from '../kit/faults/ends.js';
import { abortAlways } from '../kit/tasks.js';

export const PATIENCE = { timeout: 20_000 };

export const value = defineTask('faulty.value', (what: unknown) => what);
const fails = defineTask('faulty.fails', (): never => {
  throw new RangeError('as told');
});
const failsOnce = defineTask('faulty.failsOnce', () => {
  if (local.fence === 1) throw new RetryableError('once');
  return 'again';
});
/** The first run of each name meets a service that refuses. */
const refusedOnce = defineTask('faulty.refusedOnce', (name: string) => {
  if (refused.has(name)) return 'accepted';
  refused.add(name);
  throw new RateLimitedError({ after: 20 });
});
const refused = new Set<string>();
const sum = defineTask('faulty.sum', (...jobs: Job[]) =>
  jobs.reduce((total, { result }) => total + Number(result), 0),
);
const waitsForTwo = defineTask('faulty.waitsForTwo', () =>
  joinJobs([value.job(1), value.job(2)] as Job<number>[], { then: sum.job() as Job<number> }),
);
export const untilToldToStop = async (): Promise<never> => {
  const { signal } = local;
  if (!signal.aborted)
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  throw signal.reason;
};
/** Its first run goes on until its dispatcher stops. */
const pauses = defineTask('faulty.pauses', async () =>
  local.fence === 1 ? await untilToldToStop() : 2,
);
/** The same, but its next run takes longer than another attempt at an interrupt. */
const pausesLong = defineTask('faulty.pausesLong', async () => {
  if (local.fence === 1) await untilToldToStop();
  await new Promise((resolve) => setTimeout(resolve, 1_500));
});
export const callback = defineTask('faulty.callback', (result: unknown) =>
  result instanceof Failure ? result.name : result,
);
const waitsFor = defineTask('faulty.waitsFor', (job: Job) => job as Job<unknown>);
const slow = defineTask('faulty.slow', async (ms: number) => {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return ms;
});

/**
 * Whose requests go wrong: those of the dispatcher that runs the jobs, of one that stops before, or
 * of the producer.
 */
export type Side = 'runner' | 'stopping' | 'producer';

export interface Place {
  /** Undisturbed, served by the runner. */
  queue: Queue;
  /** The same through a proxy. */
  producer: Queue;
  /** Undisturbed, served by nobody but those whom a scenario starts. */
  recovered: Queue;
  /** The same through the proxy of the producer. */
  later: Queue;
  /** Through the proxy of the producer. */
  fleet: Dispatchers;
  /**
   * A dispatcher of `recovered`, through the proxy of that side. It is stopped after the scenario.
   */
  dispatcher: (side: Side) => Dispatcher;
}

export interface Write {
  name: string;
  side: Side;
  /** The request that goes wrong. */
  match: Match;
  /**
   * The script is called by its text, or on a connection that has not called it before: there is no
   * NOSCRIPT.
   */
  byText?: boolean;
  /** How often its jobs end. Default 1. */
  ends?: number;
  /** Makes the write; resolves with the jobs that have ended by then, all of them rightly. */
  run: (place: Place) => Promise<readonly Job[]>;
}

/** A script, in one lane. */
export const inLane =
  (script: string, lane: string): Extract<Match, (...args: never[]) => unknown> =>
  (request) =>
    request.script === script &&
    request.args.some((arg) => arg.length < 200 && arg.toString().endsWith(`${lane}:`));

/** The script that ends a job in a lane: `hand` where it has a plain value, else `finish`. */
export const endIn =
  (lane: string): Match =>
  (request) =>
    endsJob(request) && inLane(request.script ?? '', lane)(request);

/** Puts a job, and expects its value. */
const gives =
  (make: () => Job, expected: unknown, options = {}) =>
  async ({ queue }: Place): Promise<Job[]> => {
    const job = await queue.put(make(), options);
    expect(await job.wait(PATIENCE)).toEqual(expected);
    return [job];
  };

/** Puts jobs, and expects them to fail. */
const failsWith =
  (make: () => Job, name: string, options = {}) =>
  async ({ queue }: Place): Promise<Job[]> => {
    const job = await queue.put(make(), options);
    await expect(job.wait(PATIENCE)).rejects.toMatchObject({ name });
    return [job];
  };

const album = (how: typeof parallel) => () =>
  how([value.job(1), value.job(2), value.job(3)], { postprocess: sum.job() as Job<number> }) as Job;

/** A job that one dispatcher starts and is stopped with; another one goes on with it. */
const interrupted =
  (make: () => Job, expected: unknown, started: (job: Job) => Job = (job) => job) =>
  async ({ recovered, dispatcher }: Place): Promise<Job[]> => {
    const job = make();
    const [first, next] = [dispatcher('stopping'), dispatcher('runner')];
    const begun = hasStarted(first, started(job));
    await recovered.put(job);
    await first.activate();
    await begun;
    await first.deactivate();
    await next.activate();
    if (expected instanceof Error)
      await expect(job.wait(PATIENCE)).rejects.toMatchObject({ name: expected.name });
    else expect(await job.wait(PATIENCE)).toEqual(expected);
    await job.refresh();
    expect(job.interruptions).toBe(1);
    return [job];
  };

const serialPausing = (): Job =>
  serial([pauses.job(), value.job(1)], { postprocess: sum.job() as Job<number> }) as Job;
const partOf = (job: Job): Job => (job.args[0] as Job[])[0] as Job;

const recovering = (make: () => Job = () => pauses.job() as Job, expected: unknown = 2) => ({
  byText: true,
  run: interrupted(make, expected, (job) => (Array.isArray(job.args[0]) ? partOf(job) : job)),
});

/**
 * Makes a producer's call, and makes it again after an error: nothing was stored, or the same is
 * stored again.
 */
export const insists = async <T>(what: () => Promise<T>): Promise<T> => {
  try {
    return await what();
  } catch {
    return await what();
  }
};

const put =
  (options: object = {}) =>
  async ({ producer }: Place): Promise<Job[]> => {
    const job = value.job(7);
    await insists(() => producer.put(job, options));
    expect(await job.wait(PATIENCE)).toBe(7);
    return [job];
  };

export const writes: readonly Write[] = [
  {
    name: 'claim',
    side: 'runner',
    match: inLane('claim', ':q'),
    run: gives(() => value.job(5), 5),
  },
  {
    name: 'finish',
    side: 'runner',
    match: endIn(':q'),
    run: gives(() => value.job(5), 5),
  },
  {
    name: 'finish of one of many, which claims the next',
    side: 'runner',
    match: endIn(':q'),
    run: async ({ queue }) => {
      const jobs = await queue.putAll(Array.from({ length: 30 }, (_, i) => value.job(i)));
      expect(await Promise.all(jobs.map((job) => job.wait(PATIENCE)))).toEqual([...jobs.keys()]);
      return jobs;
    },
  },
  {
    name: 'fail',
    side: 'runner',
    match: endIn(':q'),
    run: failsWith(() => fails.job(), 'RangeError'),
  },
  {
    name: 'retry at once',
    side: 'runner',
    match: 'putBack',
    run: gives(() => failsOnce.job(), 'again', { retryPolicy: retry({ attempts: 2 }) }),
  },
  {
    name: 'retry later',
    side: 'runner',
    match: 'putBack',
    run: gives(() => failsOnce.job(), 'again', {
      retryPolicy: retry({ attempts: 2, backoff: 20 }),
    }),
  },
  { name: 'schedule', side: 'runner', match: 'schedule', run: gives(album(parallel), 6) },
  { name: 'schedule of a serial', side: 'runner', match: 'schedule', run: gives(album(serial), 6) },
  {
    name: 'schedule of jobs made by the task',
    side: 'runner',
    match: 'schedule',
    run: gives(() => waitsForTwo.job(), 3),
  },
  {
    name: 'suspend',
    side: 'runner',
    match: 'suspend',
    run: gives(album(parallel), 6),
  },
  {
    name: 'end of a composite in a hand',
    side: 'runner',
    match: ({ script, args }) =>
      script === 'hand' && args.some((arg) => arg.toString() === '[1,2]'),
    run: gives(() => serial([value.job(1), value.job(2)]) as Job, [1, 2]),
  },
  {
    name: 'finish, which begins callbacks',
    side: 'runner',
    match: endIn(':q'),
    run: async ({ queue }) => {
      const job = value.job(8);
      const added = await job.addCallback(callback.job());
      await queue.put(job);
      expect([await job.wait(PATIENCE), await added.wait(PATIENCE)]).toEqual([8, 8]);
      return [job, added];
    },
  },
  {
    name: 'fail, which begins callbacks',
    side: 'runner',
    match: endIn(':q'),
    run: async ({ queue }) => {
      const job = fails.job() as Job;
      const added = await job.addCallback(callback.job());
      await queue.put(job);
      await expect(job.wait(PATIENCE)).rejects.toMatchObject({ name: 'RangeError' });
      expect(await added.wait(PATIENCE)).toBe('RangeError');
      return [job, added];
    },
  },
  {
    name: 'finish, which wakes a dependent',
    side: 'runner',
    match: endIn(':q'),
    run: async ({ queue }) => {
      const shared = value.job(4);
      const [one, two] = [parallel([shared]), waitsFor.job(shared)];
      await queue.put(one);
      await queue.put(two as Job);
      expect([await one.wait(PATIENCE), await two.wait(PATIENCE)]).toEqual([[4], 4]);
      return [one, two, shared];
    },
  },
  {
    name: 'take-quotas',
    side: 'runner',
    match: 'takeQuotas',
    run: gives(() => value.job(3), 3, { quotas: ['one'] }),
  },
  {
    name: 'take-quotas, for a key',
    side: 'runner',
    match: 'takeQuotas',
    run: gives(() => value.job(3), 3, { quotas: ['team/a', 'one'] }),
  },
  {
    name: 'take-quotas, of a rate limit',
    side: 'runner',
    match: 'takeQuotas',
    run: gives(() => value.job(3), 3, { rateLimits: ['many'] }),
  },
  {
    name: 'put-back, which closes a rate limit',
    side: 'runner',
    match: 'putBack',
    run: gives(() => refusedOnce.job(randomUUID()), 'accepted', { rateLimits: ['many'] }),
  },
  {
    name: 'finish, which frees a quota',
    side: 'runner',
    match: endIn(':q'),
    run: async ({ queue }) => {
      const jobs = await queue.putAll(
        [1, 2, 3].map((i) => value.job(i)),
        { quotas: ['one'] },
      );
      expect(await Promise.all(jobs.map((job) => job.wait(PATIENCE)))).toEqual([1, 2, 3]);
      return jobs;
    },
  },
  {
    name: 'finish, which lets another key of a quota have its turn',
    side: 'runner',
    match: endIn(':q'),
    run: async ({ queue }) => {
      const names = ['a', 'a', 'b', 'a', 'b'];
      const jobs = await queue.putAll(
        names.map((key, i) => value.job(i).with({ quotas: [`team/${key}`] })),
      );
      expect(await Promise.all(jobs.map((job) => job.wait(PATIENCE)))).toEqual([0, 1, 2, 3, 4]);
      return jobs;
    },
  },
  {
    name: 'fail, which stops a serial',
    side: 'runner',
    match: endIn(':q'),
    run: failsWith(() => serial([fails.job(), value.job(1)], { onFailure: 'stop' }), 'RangeError'),
  },
  {
    name: 'abandon-children',
    side: 'runner',
    match: 'abandonChildren',
    run: failsWith(() => serial([fails.job(), value.job(1)], { onFailure: 'stop' }), 'RangeError'),
  },
  { name: 'activate', side: 'stopping', match: 'activate', ...recovering() },
  { name: 'begin-cleaning', side: 'stopping', match: 'beginCleaning', ...recovering() },
  { name: 'interruptActive', side: 'stopping', match: 'interruptActive', ...recovering() },
  { name: 'end-cleaning', side: 'stopping', match: 'endCleaning', ...recovering() },
  {
    name: 'interrupt-waiting',
    side: 'stopping',
    match: 'interruptWaiting',
    ...recovering(serialPausing, 3),
  },
  {
    name: 'handleInterrupt, claim',
    side: 'runner',
    match: inLane('claim', '/system'),
    ...recovering(),
  },
  { name: 'handleInterrupt, retry', side: 'runner', match: 'putBack', ...recovering() },
  {
    name: 'handleInterrupt, finish',
    side: 'runner',
    match: endIn('/system'),
    ...recovering(),
  },
  {
    name: 'handleInterrupt, own-waiting',
    side: 'runner',
    match: 'ownWaiting',
    ...recovering(serialPausing, 3),
  },
  {
    name: 'handleInterrupt, abort',
    side: 'runner',
    match: endIn(':recovered'),
    ...recovering(() => pauses.job().with({ retryPolicy: NeverRetry }), new AbortedError('')),
  },
  {
    name: 'handleInterrupt, abandon-children',
    side: 'runner',
    match: 'abandonChildren',
    ...recovering(
      () => serial([pausesLong.job()]).with({ retryPolicy: abortAlways }) as Job,
      new AbortedError(''),
    ),
  },
  {
    name: 'ping',
    side: 'runner',
    match: 'ping',
    run: gives(() => slow.job(250), 250),
  },
  { name: 'put', side: 'producer', match: 'putJobs', run: put() },
  {
    name: 'put of a job for later',
    side: 'producer',
    match: 'putJobs',
    run: put({ beginAfter: 50 }),
  },
  {
    name: 'put with a deadline',
    side: 'producer',
    match: 'noteDeadlines',
    run: put({ beginBy: 60_000 }),
  },
  {
    name: 'put with callbacks',
    side: 'producer',
    match: 'putJobs',
    run: async ({ producer }) => {
      const job = value.job(8);
      const added = await job.addCallback(callback.job());
      await insists(() => producer.put(job));
      expect([await job.wait(PATIENCE), await added.wait(PATIENCE)]).toEqual([8, 8]);
      return [job, added];
    },
  },
  {
    name: 'putAll',
    side: 'producer',
    match: 'putJobs',
    run: async ({ producer }) => {
      const jobs = Array.from({ length: 20 }, (_, i) => value.job(i));
      await insists(() => producer.putAll(jobs));
      expect(await Promise.all(jobs.map((job) => job.wait(PATIENCE)))).toEqual([...jobs.keys()]);
      return jobs;
    },
  },
  {
    name: 'add-callback',
    side: 'producer',
    match: 'addCallback',
    run: async ({ producer }) => {
      const job = await producer.put(value.job(8));
      const cb = callback.job();
      const added = await insists(() => job.addCallback(cb));
      expect([await job.wait(PATIENCE), await added.wait(PATIENCE)]).toEqual([8, 8]);
      return [job, added];
    },
  },
];
