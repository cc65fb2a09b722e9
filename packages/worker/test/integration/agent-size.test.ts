// An agent runs as many jobs at once as its size, and never more.
import { defineTask } from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { dispatchersIn } from './dispatchers.js';
import { gate } from '../../../../test/kit/gate.js';

const context = testContext('agent-size');
const dispatchers = dispatchersIn(context);

let running = 0;
let most = 0;
/** The number of jobs that must run at once before any of them ends. */
let meeting = { size: 1, ...gate() };
const counted = defineTask('size.counted', async (failing: boolean) => {
  most = Math.max(most, ++running);
  if (running >= meeting.size) meeting.open();
  await meeting.opened;
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  running--;
  if (failing) throw new Error('no');
});
function meet(size: number): void {
  running = most = 0;
  meeting = { size, ...gate() };
}

it.each([1, 2, 7])(
  'an agent of size %i runs that many of 60 jobs at once, failing ones too',
  async (size) => {
    const name = `size-${size}`;
    meet(size);
    const jobs = await context
      .queue(name)
      .putAll(Array.from({ length: 60 }, (_, i) => counted.job(i % 5 === 0)));
    await dispatchers.start(name, { size });
    await Promise.allSettled(jobs.map((job) => job.wait()));
    expect(most).toBe(size);
  },
);

it('jobs that come one by one fill the agent, and not more', async () => {
  meet(3);
  await dispatchers.start('one-by-one', { size: 3 });
  const queue = context.queue('one-by-one');
  const waiting: Promise<unknown>[] = [];
  for (let i = 0; i < 60; i++) waiting.push((await queue.put(counted.job(false))).wait());
  await Promise.all(waiting);
  expect(most).toBe(3);
});

it('two agents of a queue add up, and two queues have one each', async () => {
  meet(5);
  await dispatchers.start('x', { queues: { both: { left: { size: 2 }, right: { size: 3 } } } });
  const jobs = await context
    .queue('both')
    .putAll(Array.from({ length: 60 }, () => counted.job(false)));
  await Promise.all(jobs.map((job) => job.wait()));
  expect(most).toBe(5);

  meet(2);
  await dispatchers.start('x', {
    queues: { q1: { main: { size: 1 } }, q2: { main: { size: 1 } } },
  });
  const others = [
    ...(await context.queue('q1').putAll([counted.job(false), counted.job(false)])),
    ...(await context.queue('q2').putAll([counted.job(false), counted.job(false)])),
  ];
  await Promise.all(others.map((job) => job.wait()));
  expect(most).toBe(2);
});

it('Q1 an agent of size 1 runs jobs in the order of their puts', async () => {
  const order: number[] = [];
  const noted = defineTask('size.noted', (i: number) => void order.push(i));
  const jobs = await context
    .queue('order')
    .putAll(Array.from({ length: 200 }, (_, i) => noted.job(i)));
  await dispatchers.start('order', { size: 1 });
  await Promise.all(jobs.map((job) => job.wait()));
  expect(order).toEqual([...jobs.keys()]);
});

it('several dispatchers run each job once', async () => {
  const runs = new Map<number, number>();
  const noted = defineTask('size.once', (i: number) => void runs.set(i, (runs.get(i) ?? 0) + 1));
  for (let i = 0; i < 3; i++) await dispatchers.start('shared', { size: 5 });
  const jobs = await context
    .queue('shared')
    .putAll(Array.from({ length: 500 }, (_, i) => noted.job(i)));
  await Promise.all(jobs.map((job) => job.wait()));
  expect([...runs.values()]).toEqual(jobs.map(() => 1));
});
