// Rate limits and quotas, with and without keys, named by the same jobs, which fail, are refused,
// wait and are interrupted: no limit is passed, all jobs end, and nothing is left (Q9, Q5).
import { defineTask, local, RateLimitedError, retry, RetryableError } from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { startRedis } from '../../../../test/kit/redis-server.js';
import { recordStarts } from '../../../../test/kit/starts.js';
import { eventually } from '../../../../test/kit/wait.js';
import { dispatchersIn } from './dispatchers.js';

// MONITOR shows each command of a server: on the common one that would be those of all tests.
const context = testContext('rate-limits-mixed', (await startRedis()).url);
const dispatchers = dispatchersIn(context);
const RATES = {
  api: { max: 5, duration: 100 },
  mail: { max: 3, duration: 50 },
  tenant: { max: 2, duration: 80, keyed: true },
};
const often = retry({ attempts: 20, interrupts: 20, on: ['RetryableError'], name: 'mixed.often' });

/** In its first runs some jobs fail, or meet a service that refuses. */
const mixed = defineTask('mixed.work', (value: number) => {
  if (local.attempt === 1 && value % 7 === 0) throw new RetryableError('again');
  if (local.fence < 3 && value % 11 === 0) throw new RateLimitedError({ after: 10 });
  return value;
});

it('Q9, Q5 jobs that name several limits and quotas all end, and no limit is passed', async () => {
  const starts = await recordStarts(context);
  const queue = context.queue('mixed');
  for (const [name, rate] of Object.entries(RATES)) await queue.rateLimits.create(name, rate);
  await queue.quotas.create('disk', 2);
  await queue.quotas.create('team', 1, { keyed: true });
  const first = await dispatchers.start('mixed', { size: 6 });
  await dispatchers.start('mixed', { size: 6 });
  const key = (i: number) => 'xyz'[i % 3] as string;
  const jobs = await queue.putAll(
    Array.from({ length: 90 }, (_, i) =>
      mixed.job(i).with({
        retryPolicy: often,
        rateLimits: [
          ...(i % 2 === 0 ? ['api'] : []),
          ...(i % 3 === 0 ? ['mail'] : []),
          ...(i % 4 < 2 ? [`tenant/${key(i)}`] : []),
        ],
        quotas: [...(i % 5 === 0 ? ['disk'] : []), ...(i % 6 === 0 ? [`team/${key(i)}`] : [])],
        priority: i % 9 === 0 ? 2 : 0,
        beginAfter: i % 8 === 0 ? 100 : 0,
      }),
    ),
  );
  await eventually(() => starts.of('mixed', 'api').length > 10);
  await first.deactivate();
  expect(await Promise.all(jobs.map((job) => job.wait()))).toEqual(jobs.map((_, i) => i));
  const limits = ['api', 'mail', 'tenant/x', 'tenant/y', 'tenant/z'];
  for (const limit of limits) {
    const rate = RATES[limit.split('/')[0] as keyof typeof RATES];
    expect([limit, starts.excess('mixed', limit, rate)]).toEqual([limit, 0]);
    expect(starts.closings('mixed', limit).started).toBe(0);
  }
  expect(await queue.length()).toBe(0);
  for (const name of Object.keys(RATES)) await queue.rateLimits.remove(name);
  for (const name of ['disk', 'team']) await queue.quotas.remove(name);
  expect(await context.redis.keys(`${context.prefix}:mixed:rate*`)).toEqual([]);
});
