// Lanes: which agent runs which job, and that no job waits for an agent of other lanes (Q6).
import { defineTask, Failure, local } from '@drover/core';
import { waitForStart } from '@drover/core/testing';
import { testContext } from '../../../../test/kit/context.js';
import { eventually } from '../../../../test/kit/wait.js';
import { hasStarted } from '../../../../test/kit/dispatchers.js';
import { collect, dispatchersIn } from './dispatchers.js';
import { gate } from '../../../../test/kit/gate.js';

const context = testContext('lanes');
const dispatchers = dispatchersIn(context);
const noted = defineTask('lanes.noted', (value: unknown) => value);

it('Q6 an agent runs the jobs of its lanes only', async () => {
  const queue = context.queue('which');
  const main = await dispatchers.start('which');
  const gpu = await dispatchers.start('which', {
    queues: { which: { gpu: { size: 2, lanes: ['gpu'] } } },
  });
  const started = [collect(main, 'started'), collect(gpu, 'started')];
  const jobs = [
    await queue.put(noted.job(1), { lane: 'gpu' }),
    await queue.put(noted.job(2).with({ lane: 'gpu' })),
    await queue.put(noted.job(3)),
    await queue.put(noted.job(4).with({ lane: 'gpu' }), { lane: 'main' }),
  ];
  expect(await Promise.all(jobs.map((job) => job.wait()))).toEqual([1, 2, 3, 4]);
  expect(started.map((events) => events.map(({ job }) => job.id).sort())).toEqual([
    [jobs[2]?.id, jobs[3]?.id],
    [jobs[0]?.id, jobs[1]?.id],
  ]);
});

it('Q6 a full agent does not block a job that another agent of its lane can take', async () => {
  const { opened, open } = gate();
  const holds = defineTask('lanes.holds', async () => await opened);
  const queue = context.queue('full');
  const full = await dispatchers.start('full', {
    queues: { full: { both: { size: 1, lanes: ['main', 'gpu'] } } },
  });
  const held = await queue.put(holds.job());
  await waitForStart(held);
  await dispatchers.start('full', { queues: { full: { gpu: { size: 1, lanes: ['gpu'] } } } });
  for (let i = 0; i < 20; i++)
    expect(await (await queue.put(noted.job(i), { lane: 'gpu' })).wait()).toBe(i);
  expect(full.activeJobs().map(({ id }) => id)).toEqual([held.id]);
  open();
  await held.wait();
});

it('Q6 the lanes of an agent share its slots', async () => {
  let running = 0;
  let most = 0;
  const counted = defineTask('lanes.counted', async () => {
    most = Math.max(most, ++running);
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
    running--;
  });
  const queue = context.queue('shared');
  const jobs = await queue.putAll(
    Array.from({ length: 60 }, (_, i) => counted.job().with({ lane: `lane-${i % 3}` })),
  );
  await dispatchers.start('shared', {
    queues: { shared: { all: { size: 4, lanes: ['lane-0', 'lane-1', 'lane-2'] } } },
  });
  await Promise.all(jobs.map((job) => job.wait()));
  expect(most).toBe(4);
});

it('Q6 lanes take turns, so that a long backlog does not starve another lane', async () => {
  const order: string[] = [];
  const slow = defineTask('lanes.slow', async (name: string) => {
    order.push(name);
    // Longer than a slot stays with one lane.
    await new Promise((resolve) => setTimeout(resolve, 60));
  });
  const queue = context.queue('turns');
  const jobs = [
    ...(await queue.putAll(
      Array.from({ length: 6 }, () => slow.job('a')),
      { lane: 'a' },
    )),
    ...(await queue.putAll([slow.job('b'), slow.job('b')], { lane: 'b' })),
  ];
  await dispatchers.start('turns', { queues: { turns: { one: { size: 1, lanes: ['a', 'b'] } } } });
  await Promise.all(jobs.map((job) => job.wait()));
  expect(order.join('')).toBe('ababaaaa');
});

it('Q6 a job in an idle lane starts despite a backlog in another lane of its agent', async () => {
  const queue = context.queue('backlog');
  const { opened, open } = gate();
  // The backlog lasts until the other job has run.
  const again = defineTask('lanes.again', async () => {
    await new Promise((resolve) => setImmediate(resolve));
    if (!done) await local.getQueue().put(again.job(), { lane: 'a' });
    else open();
  });
  let done = false;
  await dispatchers.start('backlog', {
    queues: { backlog: { one: { size: 1, lanes: ['a', 'b'] } } },
  });
  await waitForStart(await queue.put(again.job(), { lane: 'a' }));
  expect(await (await queue.put(noted.job('b'), { lane: 'b' })).wait()).toBe('b');
  done = true;
  await opened;
});

it('Q6 delayed jobs of each lane start when they are due', async () => {
  const queue = context.queue('due');
  await dispatchers.start('due', { queues: { due: { one: { size: 1, lanes: ['a', 'b'] } } } });
  const b = await queue.put(noted.job('b'), { lane: 'b', beginAfter: 300 });
  const a = await queue.put(noted.job('a'), { lane: 'a', beginAfter: 150 });
  expect(await Promise.all([a.wait(), b.wait()])).toEqual(['a', 'b']);
});

it('Q6, I1 a stop interrupts jobs of all lanes, which run again in their lanes', async () => {
  const queue = context.queue('stop');
  const once = defineTask('lanes.once', async () => {
    if (local.fence > 1) return local.fence;
    return await new Promise((_, reject) =>
      local.signal.addEventListener('abort', () => reject(local.signal.reason)),
    );
  });
  const both = { queues: { stop: { both: { size: 4, lanes: ['main', 'gpu'] } } } };
  const first = await dispatchers.start('stop', both);
  const jobs = [once.job(), once.job().with({ lane: 'gpu' })];
  const started = jobs.map((job) => hasStarted(first, job));
  await queue.putAll(jobs);
  await Promise.all(started);
  await first.deactivate();
  expect(await queue.length()).toBe(2);
  // This dispatcher serves none of these jobs' lanes, and decides their interrupts.
  await dispatchers.start('stop', { queues: { stop: { other: { lanes: ['other'] } } } });
  await eventually(async () =>
    (await Promise.all(jobs.map((job) => job.refresh()))).every((j) => j.status === 'pending'),
  );
  await dispatchers.start('stop', both);
  expect(await Promise.all(jobs.map((job) => job.wait()))).toEqual([2, 2]);
  expect(jobs.map(({ interruptions }) => interruptions)).toEqual([1, 1]);
});

it('Q6 a retried job stays in its lane', async () => {
  const queue = context.queue('retry');
  const { RetryableError } = await import('@drover/core');
  const conflicts = defineTask('lanes.conflicts', () => {
    if (local.fence < 3) throw new RetryableError('again');
    return [local.getJob().options.lane, local.fence];
  });
  await dispatchers.start('retry', { queues: { retry: { gpu: { lanes: ['gpu'] } } } });
  expect(await (await queue.put(conflicts.job(), { lane: 'gpu' })).wait()).toEqual(['gpu', 3]);
  const fails = defineTask('lanes.fails', () => {
    throw new RangeError('no');
  });
  const failed = await queue.put(fails.job(), { lane: 'gpu' });
  await failed.wait().catch(() => {});
  expect((await queue.get(failed.id))?.result).toBeInstanceOf(Failure);
});
