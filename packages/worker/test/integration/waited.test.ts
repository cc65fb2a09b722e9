// For how long a job has waited and run: in events, and in the log (D11).
import { defineTask, retry, type Job } from '@drover/core';
import { serial } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { eventually } from '../../../../test/kit/wait.js';
import { collect, dispatchersIn, readableLogger } from './dispatchers.js';

const context = testContext('waited');
const dispatchers = dispatchersIn(context);

const pause = async <T>(ms: number, value?: T): Promise<T | undefined> =>
  await new Promise((resolve) => setTimeout(() => resolve(value), ms));

const LONG = 250;
/** Longer than a job waits for its turn, also on a loaded machine. */
const MOST = 2_500;

const sleeps = defineTask(
  'waited.sleeps',
  async (ms: number) => await pause(ms, 'a secret result'),
);

let tries = 0;
const fails = defineTask('waited.fails', () => {
  if (++tries < 2) throw new RangeError('again');
});

async function start(name: string) {
  const { logger, lines, text } = readableLogger();
  const dispatcher = dispatchers.make(name, { logger });
  const events = [collect(dispatcher, 'started'), collect(dispatcher, 'completed')] as const;
  return { dispatcher, lines, text, started: events[0], completed: events[1] };
}

it('D11 events and the log say how long a job has waited, and how long it ran', async () => {
  const { dispatcher, started, completed, lines, text } = await start('plain');
  const queue = context.queue('plain');
  const job = await queue.put(sleeps.job(LONG));
  const later = await queue.put(sleeps.job(0), { beginAfter: MOST });
  await pause(LONG);
  await dispatcher.activate();
  await Promise.all([job.wait(), later.wait()]);
  await eventually(() => completed.length === 2);
  const [begun, ended] = [started, completed].map((events) =>
    events.find((event) => event.job.id === job.id),
  );
  for (const event of [begun, ended]) {
    expect(event?.waited).toBeGreaterThanOrEqual(LONG - 5);
    expect(event?.waited).toBeLessThan(MOST);
  }
  expect(begun?.duration).toBe(0);
  expect(ended?.duration).toBeGreaterThanOrEqual(LONG - 5);
  // It waited since its beginAfter.
  expect(completed.find((event) => event.job.id === later.id)?.waited).toBeLessThan(MOST);
  const fields = { queue: 'plain', lane: 'main', agent: 'main', attempt: 1, job: job.id };
  const mine = lines.filter((line) => line['job'] === job.id);
  expect(mine).toEqual([
    expect.objectContaining({
      ...fields,
      level: 20,
      msg: 'job started',
      waited: begun?.waited,
    }),
    expect.objectContaining({
      ...fields,
      ...{ level: 20, msg: 'run ended', outcome: 'done', waited: ended?.waited },
      duration: ended?.duration,
    }),
  ]);
  expect(text()).not.toContain('secret');
});

it('D11 a retried job waits from its retry, and a part from the end of the one before', async () => {
  const { dispatcher, started, completed } = await start('turns');
  await dispatcher.activate();
  const queue = context.queue('turns');
  const retryPolicy = retry({ attempts: 2, backoff: MOST, on: 'RangeError' });
  await (await queue.put(fails.job(), { retryPolicy })).wait();
  expect(started[1]?.waited).toBeLessThan(MOST);
  for (const packed of [true, false]) {
    started.length = completed.length = 0;
    const parts = [sleeps.job(MOST), sleeps.job(0)] as Job[];
    const job = serial(parts, { packed, postprocess: sleeps.job(0) as Job });
    await (await queue.put(job)).wait();
    await eventually(() => completed.length === 4);
    const [, , second, post] = started;
    expect([second?.job.task, post?.job.task]).toEqual(['waited.sleeps', 'waited.sleeps']);
    expect(second?.waited).toBeLessThan(MOST);
    expect(post?.waited).toBeLessThan(MOST);
    // The composite: from its own start.
    expect(completed.at(-1)?.job.id).toBe(job.id);
    expect(completed.at(-1)?.duration).toBeGreaterThanOrEqual(MOST - 5);
    expect(completed.at(-1)?.waited).toBeLessThan(MOST);
  }
});

it('D11 a job that ends without a run has waited until then', async () => {
  const { dispatcher } = await start('unrun');
  const failed = collect(dispatcher, 'failed');
  const queue = context.queue('unrun');
  const job = await queue.put(sleeps.job(0), { beginBy: LONG });
  await pause(LONG + 10);
  await dispatcher.activate();
  await job.wait().catch(() => {});
  await eventually(() => failed.length === 1);
  expect(failed[0]?.waited).toBeGreaterThanOrEqual(LONG);
  expect(failed[0]?.duration).toBe(0);
});

it('D11 a callback waits from the end of its job', async () => {
  const { dispatcher, started } = await start('callbacks');
  const job = sleeps.job(MOST);
  await job.addCallback(sleeps.job(0) as Job);
  const last = await job.addCallback(sleeps.job(0) as Job);
  await context.queue('callbacks').put(job);
  await dispatcher.activate();
  await last.wait();
  expect(started).toHaveLength(3);
  for (const { waited } of started) expect(waited).toBeLessThan(MOST);
});
