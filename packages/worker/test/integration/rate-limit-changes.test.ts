// Rate limits that are changed, removed or unknown while jobs wait for them (Q9).
import { defineTask, type Job } from '@drover/core';
import { travel } from '@drover/core/testing';
import { parallel } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { eventually } from '../../../../test/kit/wait.js';
import { dispatchersIn } from './dispatchers.js';

const context = testContext('rate-limit-changes');
const dispatchers = dispatchersIn(context);
/** Longer than a test: a limit that opens only when the test lets it. */
const HOUR = { max: 1, duration: 3_600_000 };

const quick = defineTask('rateChanges.quick', (value: unknown) => value);
const waits = async (...jobs: Job[]) => await Promise.all(jobs.map((job) => job.wait()));
const parked = (queue: string) => context.redis.zcard(`${context.prefix}:${queue}:parked`);
const keysOf = async (queue: string) =>
  (await context.redis.keys(`${context.prefix}:${queue}:rate*`)).sort();

it('Q9, Q12 the rate limits of a pending job change', async () => {
  const queue = context.queue('update');
  await queue.rateLimits.create('api', HOUR);
  await dispatchers.start('update');
  const [first, second] = await queue.putAll([quick.job(1), quick.job(2)], {
    rateLimits: ['api'],
  });
  await first?.wait();
  await eventually(async () => (await parked('update')) === 1);
  await expect(second?.update({ rateLimits: ['nope'] })).rejects.toMatchObject({
    code: 'DROVER_UNKNOWN_RATE_LIMIT',
  });
  await second?.update({ rateLimits: [] });
  expect(await second?.wait()).toBe(2);
  await queue.rateLimits.remove('api');
  expect(await keysOf('update')).toEqual([]);
});

it('Q9 an unknown rate limit is refused by a put, and fails a job that is claimed', async () => {
  const queue = context.queue('unknown');
  await expect(queue.put(quick.job(1), { rateLimits: ['nope'] })).rejects.toMatchObject({
    code: 'DROVER_UNKNOWN_RATE_LIMIT',
  });
  expect(await queue.length()).toBe(0);
  await dispatchers.start('unknown');
  const part = quick.job(1).with({ rateLimits: ['nope'] });
  const album = await queue.put(parallel([part]));
  await album.wait();
  await part.refresh();
  expect(part.result).toMatchObject({
    code: 'DROVER_UNKNOWN_RATE_LIMIT',
    message: expect.stringContaining('"nope"') as string,
  });
});

it('Q9 obliterate removes the rate limits and the jobs that wait for them', async () => {
  const queue = context.queue('gone');
  await queue.rateLimits.create('api', HOUR);
  const dispatcher = await dispatchers.start('gone');
  const [first] = await queue.putAll([quick.job(1), quick.job(2)], { rateLimits: ['api'] });
  await first?.wait();
  await eventually(async () => (await parked('gone')) === 1);
  await dispatcher.deactivate();
  await queue.obliterate({ force: true });
  expect(await keysOf('gone')).toEqual([]);
});

it('Q9, Q2 time that a test lets pass opens a limit', async () => {
  const queue = context.queue('travel');
  await queue.rateLimits.create('api', HOUR);
  await dispatchers.start('travel');
  const jobs = await queue.putAll(
    ['t1', 't2', 't3'].map((value) => quick.job(value)),
    { rateLimits: ['api'] },
  );
  await jobs[0]?.wait();
  await travel(queue, HOUR.duration / 2);
  expect(await parked('travel')).toBe(2);
  await travel(queue, 2 * HOUR.duration);
  expect(await waits(...jobs)).toEqual(['t1', 't2', 't3']);
});

it('Q9 a limit that opens for more jobs than are woken at once lets all of them start', async () => {
  const queue = context.queue('wide');
  await queue.rateLimits.create('api', { max: 0, duration: 60_000 });
  await dispatchers.start('wide', { size: 20 });
  const jobs = await queue.putAll(
    Array.from({ length: 250 }, (_, i) => quick.job(i)),
    { rateLimits: ['api'] },
  );
  await eventually(async () => (await parked('wide')) === 250);
  expect(await queue.rateLimits.get('api')).toMatchObject({ started: 0, waiters: 250 });
  await queue.rateLimits.resize('api', { max: 300, duration: 60_000 });
  await waits(...jobs);
  expect(await queue.rateLimits.get('api')).toMatchObject({ started: 250, waiters: 0 });
});
