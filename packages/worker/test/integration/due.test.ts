// An idle dispatcher wakes at a put, and when a job becomes due (Q2).
import { defineTask, retry } from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { hasStarted } from '../../../../test/kit/dispatchers.js';
import { gate } from '../../../../test/kit/gate.js';
import { eventually } from '../../../../test/kit/wait.js';
import { dispatchersIn } from './dispatchers.js';

const context = testContext('due');
const dispatchers = dispatchersIn(context);
const now = defineTask('due.now', () => Date.now());
const started: unknown[] = [];
const starts = defineTask('due.starts', (name: unknown) => {
  started.push(name);
  if (name === 'tried again' && started.indexOf(name) === started.length - 1)
    throw new Error('not yet');
});

/** Resolves when the dispatchers of that queue block on its marker. */
async function idle(queue: string): Promise<void> {
  await eventually(async () => {
    const list = String(await context.redis.client('LIST'));
    const blocked = list.split('\n').filter((line) => line.includes('cmd=bzpopmin'));
    return blocked.length > 0 && (await context.queue(queue).length()) >= 0;
  });
}

it('Q1 an idle dispatcher claims each job that is put', async () => {
  await dispatchers.start('idle');
  await idle('idle');
  for (let i = 0; i < 20; i++)
    expect(await (await context.queue('idle').put(now.job())).wait()).toEqual(expect.any(Number));
});

it('Q2 a dispatcher that was idle at the put starts a job when it is due', async () => {
  await dispatchers.start('later');
  await idle('later');
  const due = Date.now() + 400;
  const job = await context.queue('later').put(now.job(), { beginAfter: new Date(due) });
  expect(await job.wait()).toBeGreaterThanOrEqual(due);
});

it('Q2 delayed jobs that are put in any order start when they are due', async () => {
  const queue = context.queue('mixed');
  const start = Date.now();
  const delays = [300, 100, 500, 200, 400];
  const jobs = await queue.putAll(
    delays.map((delay) => now.job().with({ beginAfter: new Date(start + delay) })),
  );
  await dispatchers.start('mixed', { size: 1 });
  expect(await (await queue.put(now.job())).wait()).toBeLessThan(start + 60_000);
  const ran = await Promise.all(jobs.map((job) => job.wait()));
  for (const [i, delay] of delays.entries()) expect(ran[i]).toBeGreaterThanOrEqual(start + delay);
  const byDelay = [...delays.keys()]
    .sort((a, b) => (delays[a] ?? 0) - (delays[b] ?? 0))
    .map((i) => ran[i]);
  expect(byDelay).toEqual([...byDelay].sort((a, b) => Number(a) - Number(b)));
});

it('Q2 another dispatcher starts a delayed job when the one that knew it has stopped', async () => {
  const first = await dispatchers.start('handed-on');
  await idle('handed-on');
  const job = await context.queue('handed-on').put(now.job(), { beginAfter: 300 });
  await dispatchers.start('handed-on');
  await first.deactivate();
  expect(await job.wait({ timeout: 20_000 })).toEqual(expect.any(Number));
});

it('Q1 jobs that became due while all slots were busy start before later puts', async () => {
  const queue = context.queue('overtaken');
  const held = gate();
  const busy = defineTask('due.busy', () => held.opened).job();
  const dispatcher = await dispatchers.start('overtaken', { size: 1 });
  const soon = retry({ attempts: 2, backoff: 30 });
  const again = await queue.put(starts.job('tried again'), { retryPolicy: soon });
  const running = hasStarted(dispatcher, busy);
  await eventually(() => started.length === 1);
  await queue.put(busy);
  await running;
  // The delay of a retry counts from the latest time that Redis's clock may show: on a busy machine
  // that is some ms ahead.
  const due = Date.now() + 150;
  const delayed = await queue.put(starts.job('due'), { beginAfter: new Date(due) });
  await eventually(() => Date.now() > due + 30);
  const later = await queue.putAll([1, 2, 3].map((i) => starts.job(i)));
  held.open();
  await Promise.all([again, delayed, ...later].map((job) => job.wait()));
  expect(started).toEqual(['tried again', 'tried again', 'due', 1, 2, 3]);
});
