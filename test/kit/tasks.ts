// The tasks that test programs run, and that tests make jobs of.
import {
  defineRetryPolicy,
  defineTask,
  Failure,
  joinJobs,
  local,
  type Continuation,
  type Job,
} from '@drover/core';
import type { Redis } from 'ioredis';
import { setTimeout as delay } from 'node:timers/promises';
import { dieAtEnd } from './dies-at-end.js';
import { taskRedis } from './task-redis.js';

/** Resolves when the running job is told to stop. */
async function untilToldToStop(): Promise<never> {
  const { signal } = local;
  if (!signal.aborted)
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  throw signal.reason;
}

/**
 * Ends a job with any error or interrupt, also one that only waits for others: Drover's own
 * policies let that wait on.
 */
export const abortAlways = defineRetryPolicy('test.abortAlways', {
  jobError: () => false,
  commitError: () => false,
  interrupted: () => false,
});

/** Returns at once. */
export const normal = defineTask('test.normal', () => 25);

/** Returns what it got. */
export const echo = defineTask('test.echo', (value: unknown) => value);

/** Fails. */
export const fail = defineTask('test.fail', () => {
  throw new Error('as told');
});

/** Its first run fails; the next returns what it got. */
export const failOnce = defineTask('test.failOnce', (value: unknown) => {
  if (local.fence === 1) throw new Error('the first run');
  return value;
});

/** As `failOnce`, and adds up the results of jobs. */
export const sumFailingOnce = defineTask('test.sumFailingOnce', (...jobs: Job<number>[]) => {
  if (local.fence === 1) throw new Error('the first run');
  return jobs.reduce((total, job) => total + Number(job.result), 0);
});

/** Its first run goes on until its process stops or dies; the next returns `value`. */
export const pauseOnce = defineTask('test.pauseOnce', async (value: number) =>
  local.fence === 1 ? await untilToldToStop() : value,
);

/** As `pauseOnce`, and adds up the results of two jobs. */
export const sumPausingOnce = defineTask(
  'test.sumPausingOnce',
  async (first: Job<number>, second: Job<number>) =>
    local.fence === 1 ? await untilToldToStop() : Number(first.result) + Number(second.result),
);

/** Waits for `count` jobs, which it makes anew in each run, and adds up their results. */
export const fanOut = defineTask('test.fanOut', (count: number): Continuation<number> =>
  joinJobs(
    Array.from({ length: count }, () => echo.job(1)),
    { then: sum.job() as Job<number> },
  ),
);

/** Adds up the results of jobs. */
export const sum = defineTask('test.sum', (...jobs: Job<number>[]) =>
  jobs.reduce((total, job) => total + Number(job.result), 0),
);

/** The results of jobs, of a failure its name. */
export const outcomes = defineTask('test.outcomes', (...jobs: Job[]) =>
  jobs.map(({ result }) => (result instanceof Failure ? result.name : result)),
);

/** Goes on until its process stops or dies, in each run. */
export const neverEnds = defineTask('test.neverEnds', async () => await untilToldToStop());

/** Computes for `ms` milliseconds without leaving the event loop free. */
export const compute = defineTask('test.compute', (ms: number) => {
  const end = performance.now() + ms;
  while (performance.now() < end);
  return ms;
});

/**
 * Its first run keeps the event loop from anything else for `ms` milliseconds, and takes no
 * processor for it; the next returns 'again'.
 */
export const hangOnce = defineTask('test.hangOnce', async (ms: number) => {
  if (local.fence > 1) return 'again';
  // Until others have heard that it started.
  await delay(50);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  return 'late';
});

/**
 * Returns `value`. The process of its first run dies when it ends the job: before it sends the
 * request, or when the reply is there.
 */
export const diesAtEnd = defineTask(
  'test.diesAtEnd',
  (value: unknown, when: 'before' | 'after') => {
    if (local.fence === 1) dieAtEnd(local.getJob().id, when);
    return value;
  },
);

/** Kills its process. */
export const poison = defineTask('test.poison', () => {
  process.kill(process.pid, 'SIGKILL');
});

/**
 * Its first run takes no notice of `local.signal`, waits until something is pushed to the Redis
 * list `gate`, and returns 'late'; the next returns 'in time'.
 */
export const lateOnce = defineTask('test.lateOnce', async (gate: string) => {
  if (local.fence > 1) return 'in time';
  const redis = await taskRedis();
  try {
    await redis.blpop(gate, 0);
  } finally {
    redis.disconnect();
  }
  return 'late';
});

/**
 * Writes down in the Redis list `log` when it begins and ends, with its dispatcher and the quotas
 * that it runs under.
 */
export const counted = defineTask('test.counted', async (log: string, quotas: string[]) => {
  const redis = await (countedRedis ??= taskRedis());
  const note = (type: string) =>
    redis.rpush(
      log,
      JSON.stringify({
        type,
        job: local.getJob().id,
        dispatcher: local.getDispatcher().uuid,
        quotas,
      }),
    );
  await note('begin');
  await new Promise((resolve) => setTimeout(resolve, 20));
  await note('end');
});
let countedRedis: Promise<Redis> | undefined;

/** Puts two jobs, and returns `value`. */
export const putsTwo = defineTask('test.putsTwo', async (value: number) => {
  await local.getQueue().putAll([echo.job(`${value}a`), echo.job(`${value}b`)]);
  return value;
});

/** Puts a job and waits for another, which it has put too. */
export const putsAndWaits = defineTask('test.putsAndWaits', async (value: number) => {
  const queue = local.getQueue();
  await queue.put(echo.job(`${value}a`));
  return await queue.put(echo.job(`${value}b`));
});

/** Three steps, each done once: it counts itself in the Redis hash `counts`, and puts a job. */
export const threeSteps = defineTask('test.threeSteps', async (counts: string) => {
  const redis = await taskRedis();
  const done = [];
  for (const step of ['a', 'b', 'c']) {
    const doStep = async (): Promise<string> => {
      await redis.hincrby(counts, step, 1);
      await local.getQueue().put(echo.job(step));
      return step;
    };
    done.push(await local.once(step, doStep));
  }
  redis.disconnect();
  return done;
});

/** As `lateOnce`, and puts what it is to return first. */
export const putsLateOnce = defineTask('test.putsLateOnce', async (gate: string) => {
  await local.getQueue().put(echo.job(`put by claim ${local.fence}`));
  return await (lateOnce.run as (gate: string) => Promise<string>)(gate);
});

let isDue = false;

/**
 * Has a new job, which others may have as well, stored in that lane of its queue: it puts it, at
 * once or with its result, or goes on with it.
 */
export const holdsNew = defineTask(
  'test.holdsNew',
  async (how: string, job: Job<unknown, []>, lane: string) => {
    if (how === 'goes on') return job.with({ lane });
    await local.getQueue().put(job, { lane, immediate: how === 'at once' });
    return undefined;
  },
);

/**
 * Succeeds, and leaves a promise that rejects, which nobody handles, as soon as `letsOnce` runs in
 * the same process.
 */
export const leavesRejection = defineTask('test.leavesRejection', () => {
  setInterval(() => isDue && void Promise.reject(new Error('left behind')), 5);
  return 'fine';
});

/**
 * An innocent job: its first run waits, and lets happen what was left behind; the next returns its
 * number.
 */
export const letsOnce = defineTask('test.letsOnce', async () => {
  if (local.fence > 1) return local.fence;
  isDue = true;
  return await untilToldToStop();
});
