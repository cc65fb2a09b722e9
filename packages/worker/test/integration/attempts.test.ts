// `local.attempt` and `job.attempts` count the runs of a job that have begun (J11).
import { defineTask, local, NeverRetry, retry, RetryableError, type Job } from '@drover/core';
import { parallel, serial } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { aborted, gatesByName } from '../../../../test/kit/gate.js';
import { hasStarted } from '../../../../test/kit/dispatchers.js';
import { eventually } from '../../../../test/kit/wait.js';
import { dispatchersIn } from './dispatchers.js';
import { full } from './quota-tasks.js';

const context = testContext('attempts');
const dispatchers = dispatchersIn(context);

const gateOf = gatesByName();

/** By name: the attempt and the fence of each run. */
const runs = new Map<string, [attempt: number, fence: number][]>();

const noted = (name: string): number => {
  runs.set(name, [...(runs.get(name) ?? []), [local.attempt, local.fence]]);
  return local.attempt;
};

/** Fails in its first runs. */
const fails = defineTask('attempts.fails', (name: string, times: number) => {
  if (noted(name) <= times) throw new RangeError('not yet');
  return local.attempt;
});

const held = defineTask('attempts.held', async (name: string) => {
  noted(name);
  return await gateOf(name).opened;
});

/** Its first run goes on until it is stopped. */
const stopped = defineTask('attempts.stopped', async (name: string) =>
  noted(name) === 1 ? await aborted(local.signal) : local.attempt,
);

const twice = { retryPolicy: retry({ attempts: 3, backoff: 0, on: 'RangeError' }) };

it('J11 a run that failed counts, before and after its end', async () => {
  await dispatchers.start('errors');
  const queue = context.queue('errors');
  const job = await queue.put(fails.job('errors', 2), twice);
  expect(job.attempts).toBe(0);
  expect(await job.wait()).toBe(3);
  expect(runs.get('errors')?.map(([attempt]) => attempt)).toEqual([1, 2, 3]);
  expect((await job.refresh()).attempts).toBe(3);
  const plain = await queue.put(fails.job('once', 0));
  expect([await plain.wait(), plain.attempts, (await plain.refresh()).attempts]).toEqual([1, 1, 1]);
});

it('J11 an interrupted run counts, and a pending job shows the runs that it had', async () => {
  const dispatcher = dispatchers.make('interrupts');
  const queue = context.queue('interrupts');
  const job = await queue.put(stopped.job('interrupts'));
  const started = hasStarted(dispatcher, job);
  await dispatcher.activate();
  await started;
  expect((await job.refresh()).attempts).toBe(1);
  await dispatcher.deactivate();
  expect((await job.refresh()).attempts).toBe(1);
  await dispatchers.start('interrupts');
  expect(await job.wait()).toBe(2);
  expect((await job.refresh()).attempts).toBe(2);
});

it('J11 a claim that was given back before its run began is no try, although the fence rises', async () => {
  await dispatchers.start('given-back');
  const queue = context.queue('given-back');
  await queue.quotas.create('one', 1);
  const first = await queue.put(held.job('holder'), { quotas: ['one'] });
  await eventually(() => runs.has('holder'));
  const second = await queue.put(fails.job('parked', 0), { quotas: ['one'] });
  await full(queue, 'one', 1, 1);
  expect((await second.refresh()).attempts).toBe(0);
  gateOf('holder').open();
  expect(await second.wait()).toBe(1);
  expect(runs.get('parked')).toEqual([[1, 2]]);
  expect((await second.refresh()).attempts).toBe(1);
  expect((await first.refresh()).attempts).toBe(1);
});

it('J11 a composite that waits has begun once, whatever becomes of its dispatchers', async () => {
  const queue = context.queue('composite');
  const part = held.job('part');
  const job = await queue.put(serial([part as Job, fails.job('later', 0)]));
  for (let i = 0; i < 2; i++) {
    const dispatcher = await dispatchers.start('composite');
    await eventually(() => runs.get('part')?.length === i + 1);
    await dispatcher.deactivate();
  }
  const { attempts, interruptions } = await job.refresh();
  expect([attempts, interruptions]).toEqual([1, 2]);
  gateOf('part').open();
  await dispatchers.start('composite');
  await job.wait();
  expect([(await job.refresh()).attempts, (await part.refresh()).attempts]).toEqual([1, 3]);
});

it('J11 a job that ends without a run has the tries that it had before', async () => {
  const queue = context.queue('unrun');
  const later = { backoff: 100_000, attempts: 3, on: 'RangeError' };
  await dispatchers.start('unrun');
  const pending = await queue.put(fails.job('pending', 0), { beginAfter: 100_000 });
  const tried = await queue.put(fails.job('tried', 9), { retryPolicy: retry(later) });
  await eventually(async () => (await tried.refresh()).attempts === 1);
  const running = await queue.put(stopped.job('running'));
  await eventually(() => runs.has('running'));
  const late = await queue.put(fails.job('late', 0), { beginAfter: 100_000, beginBy: 1 });
  for (const job of [pending, tried, running, late]) {
    await job.cancel();
    await job.wait().catch(() => {});
  }
  const tooLate = await queue.put(fails.job('late', 0), { quotas: [], beginBy: 0.001 });
  await tooLate.wait().catch(() => {});
  const jobs = [pending, tried, running, late, tooLate];
  await Promise.all(jobs.map((job) => job.refresh()));
  const ran = runs.get('late')?.length ?? 0;
  expect(jobs.map(({ attempts }) => attempts)).toEqual([0, 1, 1, 0, ran]);
});

it('J11 parts that a stopped composite abandons have no try, and callbacks count their own', async () => {
  const queue = context.queue('stopped');
  await dispatchers.start('stopped');
  const bad = fails.job('bad', 9);
  const never = fails.job('never', 0);
  await never.addCallback(defineTask('attempts.callback', () => local.attempt).job());
  const job = serial([bad as Job, never], { onFailure: 'stop' }).with({ retryPolicy: NeverRetry });
  const callback = await job.addCallback(defineTask('attempts.after', () => local.attempt).job());
  await queue.put(job);
  await job.wait().catch(() => {});
  expect(await callback.wait()).toBe(1);
  await never.wait().catch(() => {});
  const ended = await Promise.all([job, bad, never, callback].map((one) => one.refresh()));
  expect(ended.map(({ attempts }) => attempts)).toEqual([1, 1, 0, 1]);
});

it('J11, O3 tries go on counting when a job runs again, and each packed part has its own', async () => {
  const queue = context.queue('again');
  await dispatchers.start('again');
  const conflict = defineTask('attempts.conflict', () => {
    if (noted('conflict') < 2) throw new RetryableError('again');
    if (local.attempt < 4) throw new RangeError('no');
    return local.attempt;
  });
  const parts = [fails.job('p', 0), conflict.job(), fails.job('p', 0)];
  const job = await queue.put(parallel(parts as Job[], { packed: true, onFailure: 'stop' }));
  await expect(job.wait()).rejects.toThrow('no');
  await job.retry();
  await expect(job.wait()).rejects.toThrow('no');
  await job.retry();
  await job.wait();
  expect(runs.get('conflict')?.map(([attempt]) => attempt)).toEqual([1, 2, 3, 4]);
  await Promise.all([job, ...parts].map((one) => one.refresh()));
  expect([job, ...parts].map(({ attempts }) => attempts)).toEqual([3, 1, 4, 1]);
});
