// A job leaves something in its thread that ends the thread under another job, which does not fail
// by that (D7).
import { retry, type Job } from '@drover/core';
import type { Dispatcher } from '@drover/worker';
import { testContext } from '../../../../test/kit/context.js';
import {
  fails,
  leaves,
  leavesAtOnce,
  leavesLoop,
  lets,
  letsWhenStopped,
  meddles,
  where,
} from '../../../../test/kit/thread-tasks.js';
import { eventually } from '../../../../test/kit/wait.js';
import { collect, dispatchersIn, next, readableLogger, type LogLine } from './dispatchers.js';

const context = testContext('thread-neighbours');
const dispatchers = dispatchersIn(context);

/** A dispatcher with one thread, so that the next job meets what is left in it. */
async function start(queue: string): Promise<{ dispatcher: Dispatcher; lines: LogLine[] }> {
  const { logger, lines } = readableLogger();
  const threads = { resourceLimits: { maxOldGenerationSizeMb: 40 } };
  const dispatcher = await dispatchers.start(queue, { size: 1, threads, logger });
  return { dispatcher, lines };
}

const named = ({ id, task }: Job): { job: string; task: string } => ({ job: id, task });
const endsOfThreads = (lines: LogLine[]): LogLine[] =>
  lines.filter(({ msg }) => msg.startsWith('the thread was ended'));

it.each(['timer', 'rejection', 'emitter', 'exit'] as const)(
  'D7, I4 a leftover (%s) interrupts the next job, and the log names its origin',
  async (way) => {
    const queue = context.queue(`left-${way}`);
    const { dispatcher, lines } = await start(queue.name);
    const interrupted = collect(dispatcher, 'interrupted');
    const failed = collect(dispatcher, 'failed');
    const [guilty, innocent] = await queue.putAll([leaves.job(way), lets.job()] as const);
    expect(await guilty?.wait()).toBeGreaterThan(0);
    expect(await innocent?.wait()).toBe(2);
    expect(await innocent?.refresh()).toMatchObject({ interruptions: 1 });
    expect(interrupted).toMatchObject([
      { jobId: innocent?.id, task: 'thread.lets', dispatcher: dispatcher.uuid },
    ]);
    expect(failed).toEqual([]);
    expect(endsOfThreads(lines)).toMatchObject([
      { level: 50, leftBy: named(guilty as Job), ...named(innocent as Job) },
    ]);
    expect(endsOfThreads(lines)[0]?.msg).toContain(
      way === 'exit' ? 'exited with code: 3' : 'left behind',
    );
  },
);

it('D7 memory that an unknown job used up interrupts the next job', async () => {
  const queue = context.queue('left-memory');
  const { lines } = await start(queue.name);
  const [first, guilty, innocent] = await queue.putAll([
    where.job(),
    leaves.job('memory'),
    lets.job(),
  ] as const);
  expect(await innocent?.wait()).toBe(2);
  expect(await innocent?.refresh()).toMatchObject({ interruptions: 1 });
  expect(endsOfThreads(lines)).toMatchObject([
    {
      leftBy: 'unknown',
      earlier: [named(first as Job), named(guilty as Job)],
      ...named(innocent as Job),
    },
  ]);
});

it('D7, R3 a job that uses up the memory fails in a thread of its own', async () => {
  const queue = context.queue('own-memory');
  const { dispatcher } = await start(queue.name);
  const [, greedy, after] = await queue.putAll([
    where.job(),
    fails.job('memory'),
    where.job(),
  ] as const);
  await expect(greedy?.wait()).rejects.toMatchObject({ name: 'ThreadError' });
  expect(await greedy?.refresh()).toMatchObject({ interruptions: 1 });
  expect(await after?.wait()).toBeGreaterThan(0);
  expect(dispatcher.status).toBe('active');
});

it('D7 a late error of the running job is its own, also in a used thread', async () => {
  const queue = context.queue('own-late');
  const { lines } = await start(queue.name);
  const retryPolicy = retry({ attempts: 2, on: 'ThreadError' });
  const [, late] = await queue.putAll([
    where.job(),
    fails.job('late').with({ retryPolicy }),
  ] as const);
  await expect(late?.wait()).rejects.toMatchObject({
    name: 'ThreadError',
    cause: { name: 'TypeError' },
  });
  expect(await late?.refresh()).toMatchObject({ interruptions: 0 });
  expect(endsOfThreads(lines)).toEqual([]);
});

it('D7 a thread that ends idle harms no job, and the log names the origin', async () => {
  const queue = context.queue('idle');
  const { lines } = await start(queue.name);
  const guilty = await queue.put(leavesAtOnce.job('value'));
  const thread = await guilty.wait();
  await eventually(() => endsOfThreads(lines).length > 0);
  expect(endsOfThreads(lines)).toMatchObject([
    { leftBy: named(guilty), msg: expect.stringContaining('no job ran') as string },
  ]);
  const after = await queue.put(where.job());
  expect(await after.wait()).not.toBe(thread);
  expect(await after.refresh()).toMatchObject({ interruptions: 0 });
});

it.each(['value', 'failure'] as const)(
  'D7 a reply (%s) that the dispatcher reads with the end of the thread counts',
  async (kind) => {
    const queue = context.queue(`reply-with-end-${kind}`);
    const { dispatcher, lines } = await start(queue.name);
    // Until the thread has replied and ended.
    const block = (): void => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
    };
    dispatcher.once('started', () => setImmediate(block));
    const job = await queue.put(leavesAtOnce.job(kind));
    if (kind === 'value') expect(await job.wait()).toBeGreaterThan(0);
    else await expect(job.wait()).rejects.toMatchObject({ message: 'its own' });
    await eventually(() => endsOfThreads(lines).length > 0);
    expect(endsOfThreads(lines)).toMatchObject([{ leftBy: named(job) }]);
  },
);

it('D7 a thread that a leftover blocks is ended, and the next job has another one', async () => {
  const queue = context.queue('blocked');
  const { lines } = await start(queue.name);
  const [guilty, innocent] = await queue.putAll([leavesLoop.job(), where.job()] as const);
  expect(await innocent?.wait()).not.toBe(await guilty?.wait());
  expect(await innocent?.refresh()).toMatchObject({ interruptions: 0 });
  expect(endsOfThreads(lines)).toMatchObject([
    { earlier: [named(guilty as Job)], ...named(innocent as Job) },
  ]);
});

it('D6, D7 a thread that ends during a stop interrupts its job once', async () => {
  const queue = context.queue('stopping');
  const { dispatcher } = await start(queue.name);
  const guilty = await queue.put(leaves.job('exit'));
  await guilty.wait();
  const started = next(dispatcher, 'started');
  const innocent = await queue.put(letsWhenStopped.job());
  await started;
  await dispatcher.deactivate({ grace: 20_000 });
  expect(await innocent.refresh()).toMatchObject({ status: 'active', interruptions: 1 });
  await start(queue.name);
  expect(await innocent.wait()).toBe(2);
});

it('D7 a task cannot reach the port between its thread and the dispatcher', async () => {
  const queue = context.queue('meddling');
  const { lines } = await start(queue.name);
  const [, meddling, after] = await queue.putAll([
    where.job(),
    meddles.job(),
    where.job(),
  ] as const);
  expect(await meddling?.wait()).toEqual([]);
  expect(await after?.wait()).toBeGreaterThan(0);
  expect(endsOfThreads(lines)).toEqual([]);
});
