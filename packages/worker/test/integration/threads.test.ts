// Agents with threads: tasks run in worker threads, where `local` works; the end of a thread ends
// only its own run (D7).
import { defineRetryPolicy, JobStatus, retry, type Failure } from '@drover/core';
import { parallel } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { compiledKit } from '../../../../test/kit/paths.js';
import {
  about,
  busy,
  collect,
  deaf,
  fails,
  goesOn,
  heedful,
  where,
  writes,
} from '../../../../test/kit/thread-tasks.js';
import { eventually } from '../../../../test/kit/wait.js';
import { collect as eventsOf, dispatchersIn, next, readableLogger } from './dispatchers.js';

const context = testContext('threads');
const dispatchers = dispatchersIn(context);
const THREADS = { size: 2, threads: true } as const;
const ONE_THREAD = { size: 1, threads: true } as const;

it('D7, J11 a task runs in a thread, and `local` works there', async () => {
  const dispatcher = await dispatchers.start('about', THREADS);
  const queue = context.queue('about');
  expect(await (await queue.put(where.job())).wait()).toBeGreaterThan(0);
  const job = await queue.put(about.job());
  expect(await job.wait()).toEqual({
    id: job.id,
    task: 'thread.about',
    status: JobStatus.ACTIVE,
    fence: 1,
    attempt: 1,
    found: job.id,
    aborted: false,
    queue: 'about',
    dispatcher: dispatcher.uuid,
  });
});

it('D7, J6, O5 a task in a thread can put, annotate and use local.once', async () => {
  await dispatchers.start('writes', THREADS);
  const queue = context.queue('writes');
  const job = await queue.put(writes.job());
  expect(await job.wait()).toEqual(['new', 'once by 1', 'once by 1']);
  expect((await job.refresh()).annotations).toEqual({ step: 'once by 1' });
  await eventually(async () => (await queue.jobs({ status: 'completed' })).length === 3);
  const jobs = await queue.jobs({ status: Object.values(JobStatus), task: collect });
  expect(jobs.map(({ args }) => args[0]).sort()).toEqual(['put by 2', 'put once by 1']);
});

it('D7 computing threads leave the main thread free, one for each slot', async () => {
  const dispatcher = await dispatchers.start('busy', THREADS);
  const queue = context.queue('busy');
  let ticks = 0;
  const ticking = setInterval(() => ticks++, 5);
  const started = eventsOf(dispatcher, 'started');
  const jobs = await queue.putAll([busy.job(600), busy.job(600), busy.job(10)]);
  const threads = await Promise.all(jobs.map((job) => job.wait()));
  clearInterval(ticking);
  expect(ticks).toBeGreaterThan(10);
  expect(started).toHaveLength(3);
  expect(new Set(threads).size).toBe(2);
});

it('D7 composites, jobs as arguments and returned jobs work in threads', async () => {
  await dispatchers.start('composite', THREADS);
  const queue = context.queue('composite');
  const parts = [collect.job(1), goesOn.job('b')];
  expect(
    await (await queue.put(parallel(parts, { postprocess: collect.job('title') }))).wait(),
  ).toEqual(['title', [1], ['b']]);
  expect(await (await queue.put(goesOn.job('a'))).wait()).toEqual(['a']);
});

it('D7 a task that fails in a thread fails as elsewhere, and its policy is asked', async () => {
  await dispatchers.start('fails', THREADS);
  const asked: string[] = [];
  const note = (question: string) => (failure: Failure) =>
    asked.push(`${question}: ${failure.name}`) < 0;
  const retryPolicy = defineRetryPolicy('threads.noted', {
    jobError: note('jobError'),
    commitError: note('commitError'),
    interrupted: () => false,
  });
  const queue = context.queue('fails');
  await expect((await queue.put(fails.job('throw'), { retryPolicy })).wait()).rejects.toMatchObject(
    {
      name: 'RangeError',
      code: 'E_FAR',
      limit: 3,
      stack: expect.stringContaining('thread-tasks') as string,
    },
  );
  await expect(
    (await queue.put(fails.job('unstorable'), { retryPolicy })).wait(),
  ).rejects.toMatchObject({
    name: 'SerializationError',
  });
  expect(asked).toEqual(['jobError: RangeError', 'commitError: SerializationError']);
});

it.each([
  ['exit', /exited with code: 7/],
  ['late', /nobody catches this/],
  ['memory', /memory/],
] as const)('D7 a thread that ends (%s) fails its own job only', async (way, why) => {
  const name = `crash-${way}`;
  const queue = context.queue(name);
  const resourceLimits = { maxOldGenerationSizeMb: 40 };
  const dispatcher = await dispatchers.start(name, { size: 2, threads: { resourceLimits } });
  const other = await queue.put(busy.job(1_000));
  const job = await queue.put(fails.job(way), {
    retryPolicy: retry({ attempts: 2, on: 'ThreadError' }),
  });
  await expect(job.wait()).rejects.toMatchObject({
    name: 'ThreadError',
    code: 'DROVER_THREAD',
    message: expect.stringMatching(why) as string,
  });
  // The second run may get the thread of the other job; then the origin of the memory use is
  // unknown.
  expect((await queue.get(job.id))?.interruptions).toBeLessThanOrEqual(way === 'memory' ? 1 : 0);
  expect((await other.refresh()).interruptions).toBe(0);
  expect(await other.wait()).toBeGreaterThan(0);
  expect(await (await queue.put(where.job())).wait()).toBeGreaterThan(0);
  expect(dispatcher.status).toBe('active');
});

it('D6 deactivate fires `local.signal` in the thread, and waits for the grace', async () => {
  const dispatcher = await dispatchers.start('heedful', THREADS);
  const told = `${context.prefix}:told`;
  const job = await context.queue('heedful').put(heedful.job(told));
  await eventually(() => context.redis.llen(told));
  await dispatcher.deactivate({ grace: 20_000 });
  expect(await context.redis.lrange(told, 0, -1)).toEqual(['started', 'ReassignedError']);
  expect(await job.refresh()).toMatchObject({ status: JobStatus.ACTIVE, interruptions: 1 });
  await dispatchers.start('heedful', THREADS);
  expect(await job.wait()).toBe(2);
});

it('D7 a thread that ignores the stop is ended, and its job runs again', async () => {
  const dispatcher = dispatchers.make('deaf', ONE_THREAD);
  const started = next(dispatcher, 'started');
  const job = await context.queue('deaf').put(deaf.job());
  await dispatcher.activate();
  await started;
  await dispatcher.deactivate();
  expect((await job.refresh()).interruptions).toBe(1);
  await dispatchers.start('deaf', ONE_THREAD);
  expect(await job.wait()).toBe(2);
});

it('B1 a task that a thread cannot load waits, and the log says why', async () => {
  const log = readableLogger();
  const job = await context.queue('unknown').put(where.job());
  const empty = await dispatchers.start('unknown', {
    ...ONE_THREAD,
    taskModules: [`${compiledKit}/paths.js`],
    logger: log.logger,
  });
  await eventually(() => log.text().includes('is not defined by taskModules'));
  await empty.deactivate();
  const broken = await dispatchers.start('unknown', {
    ...ONE_THREAD,
    taskModules: [`${compiledKit}/programs/worker.js`],
    logger: log.logger,
  });
  await eventually(() => log.text().includes('a module of taskModules cannot be imported'));
  await broken.deactivate();
  await dispatchers.start('unknown', ONE_THREAD);
  expect(await job.wait()).toBeGreaterThan(0);
});
