// The puts of a task are stored in one step with the commit of its run: with its result, the start
// of its callbacks, or its schedule. A lost reply repeats nothing (J6).
import { defineTask, local, type Job } from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { startFaultProxy } from '../../../../test/kit/fault-proxy.js';
import { collect, dispatchersIn, next } from './dispatchers.js';
import { gate } from '../../../../test/kit/gate.js';
import { echo, shelfOf } from './shelf.js';

const context = testContext('puts-in-one-step');
const dispatchers = dispatchersIn(context);
const { shelve, shelved } = shelfOf(context);

describe('J6 in one step with the result', () => {
  it.each([
    ['finish', 'finishes'],
    ['schedule', 'waits'],
  ])('a %s whose reply is lost has stored the puts, once', async (what, name) => {
    const proxy = await startFaultProxy(context.redisUrl);
    const dispatcher = await dispatchers.start(`lossy-${name}`, { connection: proxy.url });
    const [trouble, reassigned] = [next(dispatcher, 'error'), collect(dispatcher, 'reassigned')];
    const task = defineTask(`puts-in-one-step.lossy-${name}`, async () => {
      await local.getQueue().put(echo.job(['lossy', 1]), { beginAfter: 60_000 });
      return what === 'finish' ? 'end' : echo.job('end');
    });
    const lost = proxy.next(what, { kind: 'lose reply' });
    const queue = context.queue(`lossy-${name}`);
    const job = await queue.put(task.job() as Job);
    await Promise.all([lost, trouble]);
    expect(await job.wait()).toBe('end');
    expect(job).toMatchObject({ interruptions: 0 });
    expect(await shelved('lossy', queue)).toEqual([1]);
    await dispatcher.deactivate();
    expect(reassigned).toEqual([]);
  });
});

describe('J6, J7 in one step with the start of callbacks', () => {
  /**
   * Runs a job that puts one, over a connection that loses the reply to the first call of `script`.
   */
  async function runLossy(
    name: string,
    script: string,
    task: () => unknown,
    callbacks: readonly Job[] = [],
  ): Promise<Job> {
    const proxy = await startFaultProxy(context.redisUrl);
    const dispatcher = await dispatchers.start(name, { connection: proxy.url });
    const [trouble, reassigned] = [next(dispatcher, 'error'), collect(dispatcher, 'reassigned')];
    const putting = async () => {
      await local.getQueue().put(echo.job([name, local.fence]), { beginAfter: 60_000 });
      return await task();
    };
    const lost = proxy.next(script, { kind: 'lose reply' });
    const job = defineTask(`puts-in-one-step.${name}`, putting).job() as Job;
    for (const callback of callbacks) await job.addCallback(callback);
    await context.queue(name).put(job);
    await Promise.all([lost, trouble]);
    expect(await job.wait()).toBe('value');
    expect(job.interruptions).toBe(0);
    await dispatcher.deactivate();
    expect(reassigned).toEqual([]);
    return job;
  }

  const addLate = async () => {
    await local.getJob().addCallback(echo.job('late') as Job);
    return 'value';
  };

  it.each<[string, string, string, () => unknown, boolean]>([
    ['that was added before the put', 'callback-lossy-before', 'finish', () => 'value', true],
    ['that was added by the task', 'callback-lossy-late', 'finish', addLate, false],
    ['whose finish is refused', 'callback-lossy-refused', 'finish', addLate, false],
    [
      'of a job that waits for others',
      'callback-lossy-waits',
      'schedule',
      async () => {
        await addLate();
        return echo.job('value');
      },
      true,
    ],
  ])('with a callback %s, a lost reply repeats no put', async (_, name, script, task, isBefore) => {
    const heard: unknown[] = [];
    const hear = defineTask(`puts-in-one-step.hear.${name}`, async (value: unknown) => {
      heard.push(value, await shelved(name, context.queue(name)));
    });
    const callback = hear.job() as Job;
    await runLossy(name, script, task, isBefore ? [callback] : []);
    if (isBefore) expect(heard).toEqual(['value', [1]]);
    expect(await shelved(name, context.queue(name))).toEqual([1]);
  });

  it('does not store the puts of a run that lost its claim', async () => {
    const [hasPut, goOn] = [gate(), gate()];
    const dispatcher = await dispatchers.start('callback-lost');
    const reassigned = next(dispatcher, 'reassigned');
    const task = defineTask('puts-in-one-step.callback-lost', async () => {
      await shelve('callback-lost', 1);
      hasPut.open();
      await goOn.opened;
    });
    const job = task.job();
    await job.addCallback(echo.job('never') as Job);
    await context.queue('callback-lost').put(job);
    await hasPut.opened;
    const key = `${context.prefix}:callback-lost:${job.id}`;
    await context.redis.hincrby(key, 'interruptions', 1);
    await context.redis.set(`${key}:lock`, 'an interrupt');
    goOn.open();
    await reassigned;
    expect(await shelved('callback-lost')).toEqual([]);
    expect(await context.redis.hexists(key, 'result')).toBe(0);
  });
});

it('J6, Q5 a job with puts, quotas and callbacks frees its slots with its result', async () => {
  const queue = context.queue('quotas');
  await queue.quotas.create('one', 1);
  const goOn = gate();
  const task = defineTask('puts-in-one-step.quotas', async (ways: string[]) => {
    await shelve('quotas', ways);
    if (ways.includes('late')) await local.getJob().addCallback(echo.job('late') as Job);
    return ways.includes('waits') ? echo.job(1) : 1;
  });
  const jobs = [[], ['late'], ['waits'], ['before'], ['before', 'late'], []].map((ways) =>
    task.job(ways),
  );
  for (const job of jobs) {
    if ((job.args[0] as string[]).includes('before')) {
      await job.addCallback(
        defineTask(`puts-in-one-step.waits.${job.id}`, () => goOn.opened).job() as unknown as Job<
          void,
          [unknown]
        >,
      );
    }
  }
  await queue.putAll(jobs as Job[], { quotas: ['one'] });
  await dispatchers.start('quotas', { size: 8 });
  for (const job of [jobs[0], jobs[1], jobs[2], jobs[5]]) expect(await job?.wait()).toBe(1);
  goOn.open();
  for (const job of jobs) expect(await job.wait()).toBe(1);
  expect(await queue.quotas.list()).toEqual([
    expect.objectContaining({ name: 'one', holders: [], waiters: 0 }),
  ]);
  expect(await shelved('quotas')).toHaveLength(jobs.length);
});
