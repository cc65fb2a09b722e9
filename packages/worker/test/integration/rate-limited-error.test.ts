// A task throws a RateLimitedError: its rate limits are closed for a while, and it counts as no try
// (Q9).
import { defineTask, local, RateLimitedError, type Job } from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { startRedis } from '../../../../test/kit/redis-server.js';
import { recordStarts, type Starts } from '../../../../test/kit/starts.js';
import { eventually } from '../../../../test/kit/wait.js';
import { dispatchersIn } from './dispatchers.js';

// MONITOR shows each command of a server: on the common one that would be those of all tests.
const context = testContext('rate-limited-error', (await startRedis()).url);
const dispatchers = dispatchersIn(context);
const quick = defineTask('rateLimited.quick', (value: unknown) => value);
const waits = async (...jobs: Job[]) => await Promise.all(jobs.map((job) => job.wait()));

let starts: Starts;
beforeAll(async () => {
  starts = await recordStarts(context);
});

it('Q9 a RateLimitedError closes the limit for all, and counts as no try', async () => {
  const queue = context.queue('refused');
  await queue.rateLimits.create('api', { max: 100, duration: 1_000 });
  let refusals = 0;
  const attempts: number[] = [];
  const refused = defineTask('rates.refused', () => {
    attempts.push(local.attempt);
    if (refusals++ < 2) throw new RateLimitedError({ after: 200 });
    return 'accepted';
  });
  const first = await dispatchers.start('refused', { size: 1 });
  await dispatchers.start('refused', { size: 1 });
  const failed: unknown[] = [];
  first.on('failed', (event) => failed.push(event));
  const job = await queue.put(refused.job(), { rateLimits: ['api'] });
  await eventually(() => starts.closings('refused', 'api').count === 1);
  const next = await queue.put(quick.job('next'), { rateLimits: ['api'] });
  expect(await waits(job, next)).toEqual(['accepted', 'next']);
  await eventually(() => starts.of('refused', 'api').length === 4);
  expect(starts.closings('refused', 'api')).toEqual({ count: 2, started: 0 });
  expect(attempts).toEqual([1, 1, 1]);
  expect(failed).toEqual([]);
  const record = await context.redis.hgetall(`${context.prefix}:refused:${job.id}`);
  expect([record['retries'], record['policyData'], record['atm']]).toEqual([
    undefined,
    undefined,
    '1',
  ]);
});

it('Q9 without a rate limit a RateLimitedError lets the job begin later', async () => {
  const queue = context.queue('alone');
  let runs = 0;
  const refusedOnce = defineTask('rates.refusedOnce', () => {
    if (runs++ === 0) throw new RateLimitedError({ after: 20 });
    return local.attempt;
  });
  await dispatchers.start('alone');
  expect(await (await queue.put(refusedOnce.job())).wait()).toBe(1);
  expect(() => new RateLimitedError({ after: 0 })).toThrow('above 0');
});

it('Q9 a limit with keys is closed by a RateLimitedError for the key of the job alone', async () => {
  const queue = context.queue('closed-key');
  await queue.rateLimits.create('tenant', { max: 100, duration: 1_000, keyed: true });
  let runs = 0;
  const refusedFirst = defineTask('rates.refusedFirst', () => {
    if (runs++ === 0) throw new RateLimitedError({ after: 150 });
    return 'accepted';
  });
  await dispatchers.start('closed-key');
  const [one, two] = ['tenant/one', 'tenant/two'];
  const refused = await queue.put(refusedFirst.job(), { rateLimits: [one as string] });
  await eventually(() => starts.closings('closed-key', 'tenant/one').count === 1);
  const other = await queue.put(quick.job(1), { rateLimits: [two as string] });
  expect(await waits(other, refused)).toEqual([1, 'accepted']);
  await eventually(() => starts.of('closed-key', 'tenant/one').length === 2);
  expect(starts.closings('closed-key', 'tenant/one')).toEqual({ count: 1, started: 0 });
  expect(starts.closings('closed-key', 'tenant/two').count).toBe(0);
  expect((await queue.rateLimits.get('tenant/two'))?.closedUntil).toBeUndefined();
});
