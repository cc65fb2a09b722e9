// `retryAll`, `cancelAll` and `removeAll` change all jobs that pass a filter (Q11).
import { defineTask, local, Queue, type Job } from '@drover/core';
import { parallel, serial } from '@drover/composite';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { testContext } from '../../../../test/kit/context.js';
import { hasStarted } from '../../../../test/kit/dispatchers.js';
import { startFaultProxy } from '../../../../test/kit/fault-proxy.js';
import {
  gateOf,
  held,
  note,
  PATIENCE,
  ranIn,
  upTo,
  short as echo,
} from '../../../../test/kit/noted-tasks.js';
import { eventually } from '../../../../test/kit/wait.js';
import { dispatchersIn } from './dispatchers.js';

const context = testContext('change-all');
const { prefix } = context;
const dispatchers = dispatchersIn(context);
const HOUR = 3_600_000;
const other = defineTask('change-all.other', note);
const failsOnce = defineTask('change-all.failsOnce', (of: string, value: unknown) => {
  note(of, value);
  if (local.fence === 1) throw new Error('the first run');
  return value;
});
const fails = defineTask('change-all.fails', (of: string, value: unknown) => {
  throw new Error(String(note(of, value)));
});
const ended = async (jobs: readonly Job[]): Promise<unknown> =>
  await Promise.allSettled(jobs.map((job) => job.wait(PATIENCE)));

describe('retryAll', () => {
  it('Q11, O3 lets all failed jobs run again, and no other job', async () => {
    const name = 'retried';
    const queue = context.queue(name);
    await dispatchers.start(name);
    const failed = await queue.putAll(upTo(120).map((i) => failsOnce.job(name, i)));
    const succeeded = await queue.put(echo.job(`${name} succeeded`, 1));
    await ended([...failed, succeeded]);
    expect(await queue.retryAll({}, { dryRun: true })).toEqual({ matched: 120, done: 0 });
    expect(ranIn(name).length).toBe(120);
    expect(await queue.retryAll({ task: other })).toEqual({ matched: 0, done: 0 });
    expect(await queue.retryAll({ task: failsOnce })).toEqual({ matched: 120, done: 120 });
    await eventually(() => ranIn(name).length === 240);
    await eventually(async () => (await queue.length()) === 0);
    await eventually(async () => (await queue.retryAll()).matched === 0);
    const results = await Promise.all(failed.map(async (job) => (await job.refresh()).result));
    expect(results).toEqual(upTo(120));
    expect(ranIn(`${name} succeeded`)).toEqual([1]);
  });

  it('Q11, O3 a job that fails each time runs again once', async () => {
    const name = 'fails-again';
    const queue = context.queue(name);
    await dispatchers.start(name);
    const jobs = await queue.putAll(upTo(200).map((i) => fails.job(name, i)));
    await ended(jobs);
    expect(await queue.retryAll()).toEqual({ matched: 200, done: 200 });
    await eventually(() => ranIn(name).length === 400);
    await eventually(async () => (await queue.length()) === 0);
    expect(ranIn(name).length).toBe(400);
  });

  it('Q11 changes no more jobs than most says, of those that would be changed', async () => {
    const name = 'most';
    const queue = context.queue(name);
    await dispatchers.start(name);
    await ended(await queue.putAll(upTo(4).map((i) => echo.job(`${name} succeeded`, i))));
    await ended(await queue.putAll(upTo(5).map((i) => failsOnce.job(name, i))));
    const filter = { status: ['succeeded', 'failed'] } as const;
    expect(await queue.retryAll(filter, { dryRun: true })).toEqual({ matched: 5, done: 0 });
    expect(await queue.retryAll(filter, { most: 0 })).toEqual({ matched: 0, done: 0 });
    expect(await queue.retryAll(filter, { most: 3 })).toEqual({ matched: 3, done: 3 });
    await eventually(() => ranIn(name).length === 8);
    await eventually(async () => (await queue.retryAll({}, { dryRun: true })).matched === 2);
    for (const most of [-1, 1.5, '1'])
      await expect(queue.removeAll({}, { most } as never)).rejects.toThrow(/most must be/);
  });

  it('Q11, O3 a failed part runs again with its failed composite, once', async () => {
    const name = 'composite';
    const queue = context.queue(name);
    await dispatchers.start(name);
    const parts = [failsOnce.job(name, 'part'), echo.job(name, 'other')];
    const whole = parallel(parts, { onFailure: 'stop' });
    await queue.put(whole as Job);
    await ended([whole as Job]);
    await eventually(async () => (await (parts[1] as Job).refresh()).status === 'completed');
    const { matched, done } = await queue.retryAll();
    expect(matched).toBe(2);
    expect(done).toBeGreaterThanOrEqual(1);
    await eventually(async () => (await whole.refresh()).status === 'completed');
    expect(whole.result).toEqual(['part', 'other']);
    expect([...ranIn(name)].sort()).toEqual(['other', 'part', 'part']);
  });
});

describe('cancelAll', () => {
  it('Q11, O1 cancels what is pending and active, with one reason', async () => {
    const name = 'cancelled';
    const queue = context.queue(name);
    const active = held.job(name, 'active');
    const whole = serial([held.job(name, 'part'), echo.job(name, 'next')]);
    await queue.putAll([active as Job, whole as Job]);
    const dispatcher = dispatchers.make(name, { size: 3 });
    const started = [active, whole.jobs[0]].map((job) => hasStarted(dispatcher, job as Job));
    await dispatcher.activate();
    await Promise.all(started);
    const pending = [
      await queue.put(echo.job(name, 'later'), { beginAfter: HOUR }),
      await queue.put(echo.job(name, 'unserved'), { lane: 'unserved' }),
    ];
    const result = await queue.cancelAll({}, { reason: 'maintenance' });
    expect(result).toEqual({ matched: 5, done: 5 });
    for (const job of [active, whole, ...pending])
      await expect((job as Job).wait(PATIENCE)).rejects.toMatchObject({
        name: 'CancelledError',
        message: 'maintenance',
      });
    gateOf(name).open();
    expect([...ranIn(name)].sort()).toEqual(['active', 'part']);
    expect(await queue.cancelAll()).toEqual({ matched: 0, done: 0 });
  });

  it('Q11 the filter chooses: a lane, a task, a status, positions', async () => {
    const name = 'chosen';
    const queue = context.queue(name);
    await queue.putAll(upTo(30).map((i) => (i % 3 === 0 ? other : echo).job(name, i)));
    await queue.putAll(
      upTo(5).map((i) => echo.job(name, i)),
      { lane: 'side' },
    );
    const counted = async (filter: object) =>
      (await queue.cancelAll(filter, { dryRun: true })).matched;
    expect(await counted({ lane: 'side' })).toBe(5);
    expect(await counted({ task: other })).toBe(10);
    expect(await counted({ status: 'active' })).toBe(0);
    expect(await counted({ start: 2, end: 5 })).toBe(4);
    expect(await queue.cancelAll({ task: other, lane: 'main' })).toEqual({ matched: 10, done: 10 });
    await dispatchers.start(name);
    await eventually(() => ranIn(name).length === 20);
    const cancelled = { status: 'completed', task: other } as const;
    await eventually(async () => (await queue.jobs(cancelled)).length === 10);
  });
});

describe('removeAll', () => {
  it('Q11, Q3 removes pending jobs, also parts of packs, and tells their composites', async () => {
    const name = 'removed';
    const queue = context.queue(name);
    const first = held.job(name, 'first');
    const whole = parallel([first, ...upTo(60).map((i) => echo.job(name, i))] as never, {
      packed: true,
    });
    await queue.put(whole as Job);
    const dispatcher = dispatchers.make(name, { size: 1 });
    const started = hasStarted(dispatcher, first as Job);
    await dispatcher.activate();
    await started;
    const pending = await queue.putAll(upTo(120).map((i) => other.job(name, i)));
    expect(await queue.removeAll({ task: other, start: 20 })).toEqual({ matched: 100, done: 100 });
    expect(await queue.removeAll({ task: echo })).toEqual({ matched: 60, done: 60 });
    expect(await queue.length()).toBe(20);
    gateOf(name).open();
    const results = (await whole.wait(PATIENCE)) as { name?: string }[];
    expect(results.map((result) => result.name ?? result)).toEqual([
      'first',
      ...upTo(60).map(() => 'RemovedError'),
    ]);
    await ended(pending.slice(0, 20));
    expect(ranIn(name).length).toBe(21);
  });

  it('Q11 removes completed jobs, with their parts; a part by itself stays', async () => {
    const name = 'completed';
    const queue = context.queue(name);
    await dispatchers.start(name);
    const done = await queue.putAll(upTo(60).map((i) => echo.job(name, i)));
    const failed = await queue.put(fails.job(name, 'failed'));
    const wholes = [
      parallel([echo.job(name, 'a'), other.job(name, 'b')]),
      serial([other.job(name, 'c')]),
    ];
    await queue.putAll(wholes as Job[]);
    await ended([...done, failed, ...(wholes as Job[])]);
    expect(await queue.removeAll({ status: 'completed', task: other })).toEqual({
      matched: 2,
      done: 0,
    });
    const { matched, done: removed } = await queue.removeAll({ status: 'completed' });
    expect([matched, removed]).toEqual([66, expect.any(Number)]);
    expect(removed).toBeGreaterThanOrEqual(63);
    expect(await queue.jobs({ status: 'completed' })).toEqual([]);
  });

  it('Q11 jobs that run are not removed, and recovery has its lane for itself', async () => {
    const name = 'running';
    const queue = context.queue(name);
    const job = await queue.put(held.job(name, 1));
    const dispatcher = dispatchers.make(name);
    const started = hasStarted(dispatcher, job);
    await dispatcher.activate();
    await started;
    expect(await queue.removeAll({ status: 'active' })).toEqual({ matched: 1, done: 0 });
    await dispatcher.deactivate();
    expect(await queue.removeAll()).toEqual({ matched: 0, done: 0 });
    await expect(queue.removeAll({ lane: 'system' })).rejects.toThrow('recovery');
    await dispatchers.start(name);
    gateOf(name).open();
    expect(await job.wait(PATIENCE)).toBe(1);
  });

  it('Q11 removals and claims at the same time: each job ends in one way', async () => {
    const name = 'at-once';
    const queue = context.queue(name);
    await queue.putAll(upTo(2_000).map((i) => echo.job(name, i)));
    await dispatchers.start(name, { size: 2 });
    const { done } = await queue.removeAll({ task: echo });
    await eventually(async () => (await queue.length()) === 0);
    await eventually(() => ranIn(name).length === 2_000 - done);
    expect(done).toBeGreaterThan(0);
  });

  it('Q11, B3 a step whose reply is lost counts', async () => {
    const proxy = await startFaultProxy(context.redisUrl);
    const queue = new Queue('lost-reply', { connection: proxy.url, prefix });
    cleanUpLater(() => queue.close());
    await queue.putAll(upTo(120).map((i) => echo.job('lost-reply', i)));
    const lost = proxy.next('removeAll', { kind: 'lose reply' });
    const [result] = await Promise.all([queue.removeAll(), lost]);
    expect(result).toEqual({ matched: 120, done: 120 });
  });

  it('Q11, B2 a call stops with its signal, and refuses odd options', async () => {
    const queue = context.queue('signal');
    await queue.putAll(upTo(300).map((i) => echo.job('signal', i)));
    let looks = 0;
    const signal = {
      get aborted() {
        return ++looks > 12;
      },
    } as AbortSignal;
    const { matched, done } = await queue.removeAll({}, { signal });
    expect([matched, done > 0, done < 300]).toEqual([300, true, true]);
    expect(await queue.length()).toBe(300 - done);
    await expect(queue.removeAll({ nothing: 1 } as never)).rejects.toThrow('no option');
    await expect(queue.retryAll({}, { force: true } as never)).rejects.toThrow('no option');
    await expect(queue.cancelAll({}, { reason: 1 } as never)).rejects.toThrow('reason');
    await expect(queue.cancelAll({}, { dryRun: 1 } as never)).rejects.toThrow('dryRun');
  });
});
