// Rate limits: no more jobs start in any window than the limit, in order, and no other job is
// blocked (Q9).
import { defineTask, JobStatus, local, RetryableError, type Job } from '@drover/core';
import { parallel } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { startRedis } from '../../../../test/kit/redis-server.js';
import { recordStarts, type Starts } from '../../../../test/kit/starts.js';
import { eventually } from '../../../../test/kit/wait.js';
import { dispatchersIn } from './dispatchers.js';

// MONITOR shows each command of a server: on the common one that would be those of all tests.
const context = testContext('rate-limits', (await startRedis()).url);
const dispatchers = dispatchersIn(context);
/** Longer than a test: a limit that opens only when the test lets it. */
const HOUR = { max: 1, duration: 3_600_000 };

const order: unknown[] = [];
const note = defineTask('rates.note', (value: unknown) => {
  order.push(value);
  return value;
});
const quick = defineTask('rates.quick', (value: unknown) => value);
const notes = (values: unknown[]) => values.map((value) => note.job(value));
const waits = async (...jobs: Job[]) => await Promise.all(jobs.map((job) => job.wait()));
const parked = (queue: string) => context.redis.zcard(`${context.prefix}:${queue}:parked`);
const keysOf = async (queue: string) =>
  (await context.redis.keys(`${context.prefix}:${queue}:rate*`)).sort();

let starts: Starts;
beforeAll(async () => {
  starts = await recordStarts(context);
});

it('Q9 several dispatchers start no more jobs in any window than the limit', async () => {
  const queue = context.queue('many');
  const rate = { max: 5, duration: 150 };
  await queue.rateLimits.create('api', rate);
  for (let i = 0; i < 3; i++) await dispatchers.start('many', { size: 10 });
  const jobs = await queue.putAll(
    Array.from({ length: 40 }, (_, i) => quick.job(i)),
    { rateLimits: ['api'] },
  );
  await waits(...jobs);
  await eventually(() => starts.of('many', 'api').length === 40);
  expect(starts.excess('many', 'api', rate)).toBe(0);
  expect(await queue.rateLimits.get('api')).toMatchObject({ name: 'api', ...rate, waiters: 0 });
  await queue.rateLimits.remove('api');
  expect(await keysOf('many')).toEqual([]);
});

it('Q9 jobs start in order while the limit opens, and those with a priority later', async () => {
  const queue = context.queue('order');
  await queue.rateLimits.create('api', { max: 1, duration: 20 });
  const later = await queue.put(note.job('later'), { rateLimits: ['api'], priority: 3 });
  const values = Array.from({ length: 12 }, (_, i) => i);
  const jobs = await queue.putAll(notes(values), { rateLimits: ['api'] });
  await dispatchers.start('order', { size: 4 });
  await waits(...jobs, later);
  expect(order).toEqual([...values, 'later']);
});

it('Q9, Q6 a job that waits for a rate limit occupies no slot of its agent', async () => {
  const queue = context.queue('slot');
  await queue.rateLimits.create('api', HOUR);
  await dispatchers.start('slot', { size: 1 });
  const [first, second] = await queue.putAll([quick.job(1), quick.job(2)], {
    rateLimits: ['api'],
  });
  expect(await first?.wait()).toBe(1);
  await eventually(async () => (await parked('slot')) === 1);
  expect(await (await queue.put(quick.job('free'))).wait()).toBe('free');
  expect((await second?.refresh())?.status).toBe(JobStatus.PENDING);
  expect(await queue.counts()).toMatchObject({ pending: 1, waitingForQuota: 1 });
  expect((await queue.jobs()).map(({ id }) => id)).toEqual([second?.id]);
  expect(await queue.explain(second as Job)).toMatchObject({
    reason: 'rate-limited',
    rateLimit: 'api',
    ...HOUR,
    isClosed: false,
    before: 0,
    opensAt: expect.any(Number) as number,
  });
  // A larger limit lets it start, and one that jobs name is not removed.
  await expect(queue.rateLimits.remove('api')).rejects.toMatchObject({
    code: 'DROVER_BAD_STATUS',
    message: expect.stringContaining('pending jobs that name it: 1') as string,
  });
  await queue.rateLimits.resize('api', { max: 2, duration: HOUR.duration });
  expect(await second?.wait()).toBe(2);
});

it('Q9, Q5 limits and quotas are taken together, or none of them', async () => {
  const queue = context.queue('several');
  await queue.rateLimits.create('open', { max: 100, duration: 60_000 });
  await queue.rateLimits.create('full', { max: 1, duration: 3_600_000 });
  await queue.quotas.create('disk', 1);
  await dispatchers.start('several');
  await (await queue.put(quick.job(0), { rateLimits: ['full'] })).wait();
  const all = await queue.put(quick.job(1), { rateLimits: ['open', 'full'], quotas: ['disk'] });
  await eventually(async () => (await parked('several')) === 1);
  expect(await queue.rateLimits.get('open')).toMatchObject({ started: 0, waiters: 0 });
  expect(await queue.quotas.get('disk')).toMatchObject({ holders: [], waiters: 0 });
  // It keeps neither from others.
  const other = { rateLimits: ['open'], quotas: ['disk'] };
  await (await queue.put(quick.job(2), other)).wait();
  await queue.rateLimits.resize('full', { max: 2, duration: 3_600_000 });
  expect(await all.wait()).toBe(1);
  expect(await queue.rateLimits.list()).toMatchObject([
    { name: 'full', started: 2 },
    { name: 'open', started: 2 },
  ]);
});

it('Q9 a start counts until its whole window has passed', async () => {
  const queue = context.queue('window');
  const rate = { max: 1, duration: 60_000 };
  await queue.rateLimits.create('api', rate);
  await dispatchers.start('window');
  const key = `${context.prefix}:window:rate:api:starts`;
  const startedAgo = async (ms: number) => {
    const [seconds, micros] = await context.redis.time();
    await context.redis.zadd(key, Number(seconds) * 1_000 + Number(micros) / 1_000 - ms, 'earlier');
  };
  await startedAgo(rate.duration - 5_000);
  const job = await queue.put(quick.job(1), { rateLimits: ['api'] });
  await eventually(async () => (await parked('window')) === 1);
  const openedAt = Number(await context.redis.zscore(key, 'earlier')) + rate.duration;
  expect(await queue.explain(job)).toMatchObject({ opensAt: Math.ceil(openedAt) });
  await startedAgo(rate.duration);
  await queue.rateLimits.resize('api', rate);
  expect(await job.wait()).toBe(1);
});

it('Q9 each retry is a start', async () => {
  const queue = context.queue('retry');
  const rate = { max: 1, duration: 40 };
  await queue.rateLimits.create('api', rate);
  await dispatchers.start('retry');
  const conflicts = defineTask('rates.conflicts', () => {
    if (local.attempt < 3) throw new RetryableError('again');
    return 'done';
  });
  const jobs = await queue.putAll([conflicts.job(), quick.job(1)], { rateLimits: ['api'] });
  expect(await waits(...jobs)).toEqual(['done', 1]);
  await eventually(() => starts.of('retry', 'api').length === 4);
  expect(starts.excess('retry', 'api', rate)).toBe(0);
});

it('Q9, C3 a part with a rate limit waits alone, and a composite starts once', async () => {
  const queue = context.queue('composite');
  await queue.rateLimits.create('albums', { max: 1, duration: 60 });
  await queue.rateLimits.create('api', { max: 2, duration: 60 });
  await dispatchers.start('composite', { size: 2 });
  const parts = () =>
    Array.from({ length: 6 }, (_, i) =>
      i % 2 === 0 ? quick.job(i).with({ rateLimits: ['api'] }) : quick.job(i),
    );
  const albums = await queue.putAll([parallel(parts()), parallel(parts())], {
    rateLimits: ['albums'],
  });
  const done = [0, 1, 2, 3, 4, 5];
  expect(await waits(...albums)).toEqual([done, done]);
  await eventually(() => starts.of('composite', 'albums').length === 2);
  expect(starts.of('composite', 'api')).toHaveLength(6);
  expect(starts.excess('composite', 'albums', { max: 1, duration: 60 })).toBe(0);
  expect(starts.excess('composite', 'api', { max: 2, duration: 60 })).toBe(0);
});

it('Q9 another dispatcher lets jobs start when the one that looks has stopped', async () => {
  const queue = context.queue('stopped');
  const rate = { max: 1, duration: 300 };
  await queue.rateLimits.create('api', rate);
  const first = await dispatchers.start('stopped');
  const jobs = await queue.putAll(notes(['s1', 's2', 's3']), { rateLimits: ['api'] });
  await eventually(async () => (await parked('stopped')) === 2);
  await first.deactivate();
  await dispatchers.start('stopped');
  expect(await waits(...jobs)).toEqual(['s1', 's2', 's3']);
  expect(starts.excess('stopped', 'api', rate)).toBe(0);
});

describe('Q9 a limit with keys', () => {
  const rate = { max: 2, duration: 120 };

  it('gives each key its own starts, and leaves nothing of a key', async () => {
    const queue = context.queue('keys');
    await queue.rateLimits.create('tenant', { ...rate, keyed: true });
    for (let i = 0; i < 2; i++) await dispatchers.start('keys', { size: 5 });
    const names = ['tenant/a', 'tenant/b', 'tenant/c'];
    const jobs = await queue.putAll(
      Array.from({ length: 24 }, (_, i) =>
        quick.job(i).with({ rateLimits: [names[i % 3] as string] }),
      ),
    );
    await waits(...jobs);
    for (const name of names) {
      await eventually(() => starts.of('keys', name).length === 8);
      expect(starts.excess('keys', name, rate)).toBe(0);
    }
    // All keys together start more than one may.
    await eventually(async () => {
      expect(await keysOf('keys')).toEqual([`${context.prefix}:keys:rate-limits`]);
      return true;
    });
  });

  it('lets keys take turns', async () => {
    const queue = context.queue('turns');
    await queue.rateLimits.create('tenant', { max: 100, duration: 60_000, keyed: true });
    const of = (key: string) => ({ rateLimits: [`tenant/${key}`] });
    const jobs = await queue.putAll(notes(['m1', 'm2', 'm3', 'm4', 'm5', 'm6']), of('many'));
    jobs.push(...(await queue.putAll(notes(['f1', 'f2']), of('few'))));
    const before = order.length;
    await dispatchers.start('turns', { size: 1 });
    await waits(...jobs);
    const begun = order.slice(before);
    expect(begun.indexOf('f1')).toBeLessThanOrEqual(2);
    expect(begun.indexOf('f2')).toBeLessThanOrEqual(4);
  });
});
