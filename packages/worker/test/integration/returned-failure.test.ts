// A task that returns a Failure has failed as if it had thrown it (J3).
import { defineRetryPolicy, defineTask, Failure, local, retry, type Job } from '@drover/core';
import { parallel, serial } from '@drover/composite';
import type { Dispatcher } from '@drover/worker';
import { Queue as BullQueue } from 'bullmq';
import { testContext } from '../../../../test/kit/context.js';
import { returnsFailure } from '../../../../test/kit/thread-tasks.js';
import { eventually } from '../../../../test/kit/wait.js';
import { collect, dispatchersIn, readableLogger } from './dispatchers.js';

const context = testContext('returned-failure');
const dispatchers = dispatchersIn(context);
const queue = context.queue('here');
const log = readableLogger();

const noMore = (): Failure => Failure.from(new RangeError('no more'));
const returns = defineTask('returned.returns', noMore);
const throwsIt = defineTask('returned.throws', () => {
  throw noMore();
});
const works = defineTask('returned.works', (...jobs: unknown[]) => jobs.length);
const follows = defineTask('returned.follows', () => returns.job() as Job);
const resultOf = defineTask('returned.resultOf', (...jobs: Job[]) => jobs[0]?.result);
const echo = defineTask('returned.echo', (value: unknown) => value);

let dispatcher: Dispatcher;
beforeAll(async () => {
  dispatcher = await dispatchers.start('here', { logger: log.logger });
});

it('J3 it is emitted, logged, counted and kept like a thrown failure', async () => {
  const [completed, failed] = [collect(dispatcher, 'completed'), collect(dispatcher, 'failed')];
  const before = dispatcher.statistics();
  const jobs = await queue.putAll([returns.job(), throwsIt.job()]);
  for (const job of jobs)
    await expect(job.wait()).rejects.toMatchObject({ name: 'RangeError', message: 'no more' });
  expect([completed, failed.map(({ job }) => job.id).sort()]).toEqual([
    [],
    jobs.map(({ id }) => id).sort(),
  ]);
  const lines = log.lines.filter(({ msg }) => msg === 'job failed');
  expect(lines.map(({ level, job, failure }) => [level, job, failure]).sort()).toEqual(
    jobs.map(({ id }) => [50, id, 'RangeError']).sort(),
  );
  const { failed: all } = dispatcher.statistics();
  expect(all.count - before.failed.count).toBe(2);
  for (const { id } of jobs)
    expect(dispatcher.jobInfo(id)).toMatchObject({ state: 'failed', failure: 'RangeError' });
});

it('J3 BullMQ counts it among its failed jobs, with its message', async () => {
  const job = await queue.put(returns.job());
  await expect(job.wait()).rejects.toThrow('no more');
  const bull = new BullQueue('here', {
    connection: { url: context.redisUrl },
    prefix: context.prefix,
  });
  try {
    const found = await bull.getJob(job.id);
    expect([await found?.getState(), found?.failedReason]).toEqual(['failed', 'no more']);
  } finally {
    await bull.close();
  }
});

it('J3, R1 its policy is asked for jobError, and its puts are dropped', async () => {
  const asked: string[] = [];
  const retryPolicy = defineRetryPolicy('returned.asked', {
    jobError: (failure) => asked.push(failure.name) < 2,
    commitError: () => asked.push('commitError') < 0,
    interrupted: () => false,
  });
  const putsAndReturns = defineTask('returned.putsAndReturns', async () => {
    await local.getQueue().put(works.job());
    return noMore();
  });
  const job = await queue.put(putsAndReturns.job(), { retryPolicy });
  await expect(job.wait()).rejects.toThrow('no more');
  expect(asked).toEqual(['RangeError', 'RangeError']);
  expect(await queue.jobs({ status: ['pending', 'active', 'completed'], task: works })).toEqual([]);
});

it('J3, R2 `retry` matches it by its name', async () => {
  let runs = 0;
  const completed = collect(dispatcher, 'completed');
  const atLast = defineTask('returned.atLast', () => (++runs < 3 ? noMore() : 'at last'));
  const job = await queue.put(atLast.job(), {
    retryPolicy: retry({ attempts: 3, on: 'RangeError' }),
  });
  expect(await job.wait()).toBe('at last');
  await eventually(() => completed.length === 1);
});

it('J3, O3 job.retry() runs it again', async () => {
  let runs = 0;
  const completed = collect(dispatcher, 'completed');
  const once = defineTask('returned.once', () => (++runs === 1 ? noMore() : 'again'));
  const job = await queue.put(once.job());
  await expect(job.wait()).rejects.toThrow('no more');
  await job.retry();
  expect(await job.wait()).toBe('again');
  // The event may come after the end of the wait, and must not count in the next test.
  await eventually(() => completed.length === 1);
});

it.each([
  ['serial', (parts: Job[]) => serial(parts as [Job, Job], { onFailure: 'stop' })],
  ['parallel', (parts: Job[]) => parallel(parts as [Job, Job], { onFailure: 'stop' })],
] as const)("J3, C2 in a %s with onFailure: 'stop' it stops the rest", async (_what, make) => {
  const [completed, failed] = [collect(dispatcher, 'completed'), collect(dispatcher, 'failed')];
  const next = works.job().with({ beginAfter: new Date(Date.now() + 60_000) });
  const composite = await queue.put(make([returns.job(), next]));
  await expect(composite.wait()).rejects.toMatchObject({ name: 'RangeError' });
  expect(failed.map(({ job }) => job.id)).toContain(composite.id);
  expect(completed).toEqual([]);
});

it('J3, J5 it fails a job that returned it, and a postprocess that returns it', async () => {
  const failed = collect(dispatcher, 'failed');
  const following = await queue.put(follows.job());
  await expect(following.wait()).rejects.toThrow('no more');
  const album = await queue.put(parallel([returns.job()], { postprocess: resultOf.job() }));
  await expect(album.wait()).rejects.toThrow('no more');
  expect(failed.map(({ job }) => job.id)).toEqual(expect.arrayContaining([following.id, album.id]));
});

it('J3, J7 callbacks get it, and a pick without a match passes it on', async () => {
  const message = defineTask('returned.message', (failure: Failure) => failure.message);
  const job = returns.job();
  const plain = await job.addCallback(message.job() as Job<string, [unknown]>);
  const passed = await job.addCallbacks({ success: works.job() as never });
  const repaired = await passed.addCallbacks({ failure: message.job() as never });
  const { lines } = log;
  const before = lines.length;
  await queue.put(job);
  await expect(job.wait()).rejects.toThrow('no more');
  expect(await plain.wait()).toBe('no more');
  expect(await repaired.wait()).toBe('no more');
  await expect(passed.wait()).rejects.toThrow('no more');
  expect(lines.slice(before).filter(({ level }) => level > 50)).toEqual([]);
});

it('J3, J7 a transient failure that is passed on is not retried', async () => {
  const transient = defineTask('returned.transient', () => {
    throw Object.assign(new Error('connection lost'), { code: 'ECONNRESET' });
  });
  const job = transient.job();
  const passed = await job.addCallbacks({ success: works.job() as never });
  await queue.put(job, { retryPolicy: 'NeverRetry' });
  await expect(passed.wait({ timeout: 10_000 })).rejects.toThrow('connection lost');
  await eventually(async () => (await job.refresh()).status === 'completed');
});

it.each([
  ['an array', [noMore()]],
  ['an object', { failure: noMore() }],
  ['a Map', new Map([['k', noMore()]])],
])('J3 inside %s it is an ordinary value', async (_what, value) => {
  expect(await (await queue.put(echo.job(value))).wait()).toEqual(value);
});

it('J3, D7 it is a failure in a thread too', async () => {
  const threaded = dispatchers.make('thread', { size: 1, threads: true });
  const [completed, failed] = [collect(threaded, 'completed'), collect(threaded, 'failed')];
  await threaded.activate();
  const job = await context.queue('thread').put(returnsFailure.job());
  await expect(job.wait()).rejects.toMatchObject({ name: 'RangeError', message: 'no more' });
  await threaded.deactivate();
  expect([completed.length, failed.length]).toEqual([0, 1]);
});
