// Each write of a run, with a scenario that makes it.
import { parallel, serial } from '@drover/composite';
import { randomUUID } from 'node:crypto';
import {
  defineTask,
  joinJobs,
  local,
  RateLimitedError,
  retry,
  RetryableError,
  type Job,
} from '@drover/core';
import {
  callback,
  endIn,
  failsWith,
  gives,
  inLane,
  PATIENCE,
  sum,
  value,
  type Write,
} from './faulty-scene.js';

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
const waitsForTwo = defineTask('faulty.waitsForTwo', () =>
  joinJobs([value.job(1), value.job(2)] as Job<number>[], { then: sum.job() as Job<number> }),
);
const waitsFor = defineTask('faulty.waitsFor', (job: Job) => job as Job<unknown>);

const album = (how: typeof parallel) => () =>
  how([value.job(1), value.job(2), value.job(3)], { postprocess: sum.job() as Job<number> }) as Job;

export const runs: readonly Write[] = [
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
];
