// Middleware around each run: `dispatcher.use` (J11).
import { defineTask, Failure, InvalidArgumentError, local, retry, type Job } from '@drover/core';
import { parallel, serial } from '@drover/composite';
import type { Middleware } from '@drover/worker';
import { testContext } from '../../../../test/kit/context.js';
import { eventually } from '../../../../test/kit/wait.js';
import {
  collect,
  fails as failsInThread,
  goesOn,
  writes,
} from '../../../../test/kit/thread-tasks.js';
import { dispatchersIn } from './dispatchers.js';

const context = testContext('middleware');
const dispatchers = dispatchersIn(context);

const echo = defineTask('middleware.echo', (value: unknown): unknown => value);
const fails = defineTask('middleware.fails', () => {
  throw new RangeError('the task');
});

/** A queue whose dispatcher has this middleware. */
async function start(name: string, middleware: readonly Middleware[], options = {}) {
  const dispatcher = dispatchers.make(name, options);
  for (const one of middleware) dispatcher.use(one);
  await dispatcher.activate();
  return context.queue(name);
}

const failureOf = async (job: Job): Promise<string> => await job.wait().then(String, String);

it('J11 middleware is around each run, the first one outermost, and gives the result', async () => {
  const steps: string[] = [];
  const noting =
    (name: string): Middleware =>
    async (job, next) => {
      steps.push(`${name} ${job.task} ${String(job.meta['tenant'])}`);
      const value = await next();
      steps.push(`${name} got ${String(value)}`);
      return `${name}(${String(value)})`;
    };
  const queue = await start('order', [noting('outer'), noting('inner')]);
  const job = await queue.put(echo.job('v'), { meta: { tenant: 'a' } });
  expect(await job.wait()).toBe('outer(inner(v))');
  expect(steps).toEqual([
    ...['outer middleware.echo a', 'inner middleware.echo a', 'inner got v'],
    'outer got inner(v)',
  ]);
});

it('J11 what middleware throws counts as thrown by the task, and its policy decides', async () => {
  const seen: unknown[] = [];
  const queue = await start('throws', [
    async (job, next) => {
      if (job.attempts < 3) throw new RangeError(`no ${job.attempts}`);
      return await next();
    },
    async (_, next) =>
      await next().catch((error: Error) => {
        seen.push(error.message);
        throw error;
      }),
  ]);
  const retryPolicy = retry({ attempts: 3, backoff: 0, on: 'RangeError' });
  expect(await (await queue.put(echo.job(1), { retryPolicy })).wait()).toBe(1);
  expect(await failureOf(await queue.put(echo.job(1)))).toBe('RangeError: no 1');
  expect(await failureOf(await queue.put(fails.job(), { retryPolicy }))).toMatch('the task');
  expect(seen).toEqual(['the task']);
});

it('J11 middleware may replace a failure, return a Failure, or not call the task', async () => {
  const queue = await start('replaces', [
    async (job, next) => {
      if (job.args[0] === 'cached') return 'from the cache';
      if (job.args[0] === 'refused') return Failure.from(new RangeError('refused'));
      return await next().catch(() => 'repaired');
    },
  ]);
  const [cached, refused, repaired] = await queue.putAll([
    ...[echo.job('cached'), echo.job('refused')],
    fails.job() as Job,
  ]);
  expect(await cached?.wait()).toBe('from the cache');
  expect(await failureOf(refused as Job)).toBe('RangeError: refused');
  expect(await repaired?.wait()).toBe('repaired');
});

it('J11 a run fails where next is called twice, or is not awaited, also by a race', async () => {
  const misuses: Record<string, Middleware> = {
    twice: async (_, next) => [await next(), await next().catch(() => 'ignored')],
    'not awaited': (_, next) => void next(),
    'thrown away': async (_, next) => {
      void next();
      await new Promise((resolve) => setImmediate(resolve));
      return 'early';
    },
    raced: async (_, next) => await Promise.race([next(), Promise.resolve('early')]),
  };
  const queue = await start('misuse', [
    async (job, next) => await misuses[String(job.args[0])]?.(job, next),
  ]);
  const ended: unknown[] = [];
  const slow = defineTask('middleware.slow', async (way: string) => {
    await new Promise((resolve) => setImmediate(resolve));
    ended.push(way);
  });
  for (const way of Object.keys(misuses)) {
    const why = way === 'twice' ? 'called next() twice' : 'did not await its next()';
    expect(await failureOf((await queue.put(slow.job(way))) as Job)).toMatch(why);
    // The run ends after its task.
    expect(ended.at(-1)).toBe(way);
  }
});

it('J6, J11 puts of middleware belong to the run, and local works there', async () => {
  const queue = await start('puts', [
    async (job, next) => {
      if (job.args[0] !== 'puts') return await next();
      expect(local.getJob().id).toBe(job.id);
      await local.setLiveAnnotation('by', 'middleware');
      await local.getQueue().put(echo.job('put before'));
      const value = await next();
      await local.getQueue().put(echo.job('put after'));
      if (job.attempts < 2) throw new RangeError('dropped');
      return value;
    },
  ]);
  const retryPolicy = retry({ attempts: 2, backoff: 0, on: 'RangeError' });
  const job = await queue.put(echo.job('puts'), { retryPolicy });
  expect(await job.wait()).toBe('puts');
  expect((await job.refresh()).annotations).toEqual({ by: 'middleware' });
  await eventually(async () => (await queue.jobs({ status: 'completed' })).length === 3);
  const jobs = await queue.jobs({ status: 'completed' });
  expect(jobs.map(({ args }) => args[0]).sort()).toEqual(['put after', 'put before', 'puts']);
});

it('J11 parts, packed or not, and callbacks have middleware; composites and lanes of Drover do not', async () => {
  const tasks: string[] = [];
  const queue = await start('composites', [
    async (job, next) => {
      tasks.push(job.task);
      return await next();
    },
  ]);
  const parts = (packed: boolean) =>
    serial(
      [1, 2].map((i) => echo.job(i)),
      { packed },
    );
  const job = parallel([parts(true), parts(false)] as Job[]);
  const callback = await job.addCallback(echo.job());
  await queue.put(job);
  expect(await job.wait()).toEqual([
    [1, 2],
    [1, 2],
  ]);
  await callback.wait();
  expect(tasks).toEqual(Array<string>(5).fill('middleware.echo'));
});

it('D7, J11 of an agent with threads middleware is around the call to the thread', async () => {
  const steps: unknown[] = [];
  const queue = await start(
    'threads',
    [
      async (job, next) => {
        expect(local.getJob().id).toBe(job.id);
        if (job.meta['puts']) {
          await local.getQueue().put(collect.job('by middleware'), { meta: {} });
        }
        const value = await next().catch((error: Error) => {
          steps.push(error.name);
          throw error;
        });
        steps.push(value);
        return job.meta['replaced'] ?? value;
      },
    ],
    { size: 2, threads: true },
  );
  expect(await (await queue.put(collect.job(1))).wait()).toEqual([1]);
  const meta = { replaced: 'replaced', puts: true };
  expect(await (await queue.put(collect.job(2), { meta })).wait()).toBe('replaced');
  expect(await failureOf((await queue.put(failsInThread.job('throw'))) as Job)).toMatch('too far');
  await eventually(() => steps.length === 4);
  expect(steps).toEqual(expect.arrayContaining([[1], [2], ['by middleware'], 'RangeError']));
  // The thread has returned a job, and has put jobs.
  expect(await (await queue.put(goesOn.job('on'))).wait()).toEqual(['on']);
  const wrote = await queue.put(writes.job(), { meta: { puts: true } });
  expect(await wrote.wait()).toEqual(['new', 'once by 1', 'once by 1']);
  const put = async () => (await queue.jobs({ status: 'completed', task: collect })).length;
  // Those that the run has put have its meta, and so a put by the middleware each.
  await eventually(async () => (await put()) === 9);
});

it('J11 use refuses what is no function', () => {
  const dispatcher = dispatchers.make('refused');
  expect(() => dispatcher.use('log' as never)).toThrow(InvalidArgumentError);
  expect(dispatcher.use(async (_, next) => await next())).toBe(dispatcher);
});
