// Quotas: no more jobs run at a time than their size, in order, and no other job is blocked (Q5).
import { defineTask, JobStatus, local, RetryableError, type Job } from '@drover/core';
import { waitForStart } from '@drover/core/testing';
import { parallel } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { eventually } from '../../../../test/kit/wait.js';
import { hasStarted } from '../../../../test/kit/dispatchers.js';
import { dispatchersIn } from './dispatchers.js';
import { abortAlways } from '../../../../test/kit/tasks.js';
import { order, gateOf, held, quick, full } from './quota-tasks.js';

const context = testContext('quotas');
const dispatchers = dispatchersIn(context);

const pending = async (...jobs: Job[]) => {
  for (const job of jobs) expect((await job.refresh()).status).toBe(JobStatus.PENDING);
};
const parked = (queue: string, lane = '') =>
  context.redis.zcard(`${context.prefix}:${queue}${lane}:parked`);

it('Q5 several dispatchers run no more jobs at once than slots', async () => {
  let running = 0;
  let most = 0;
  const counted = defineTask('quotas.counted', async (failing: boolean) => {
    most = Math.max(most, ++running);
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    running--;
    if (failing) throw new Error('no');
  });
  const queue = context.queue('many');
  await queue.quotas.create('disk', 3);
  for (let i = 0; i < 3; i++) await dispatchers.start('many', { size: 10 });
  const jobs = await queue.putAll(
    Array.from({ length: 200 }, (_, i) => counted.job(i % 7 === 0)),
    { quotas: ['disk'] },
  );
  await Promise.allSettled(jobs.map((job) => job.wait()));
  expect(most).toBe(3);
  await full(queue, 'disk', 0, 0);
  expect(await queue.length()).toBe(0);
});

it('Q5 the jobs of a quota queue start in order, and block no other job', async () => {
  const queue = context.queue('order');
  await queue.quotas.create('disk', 1);
  await dispatchers.start('order', { size: 2 });
  const jobs = [];
  for (const name of ['o1', 'o2', 'o3', 'o4'])
    jobs.push(await queue.put(held.job(name), { quotas: ['disk'] }));
  await full(queue, 'disk', 1, 3);
  await pending(...jobs.slice(1));
  expect(await (await queue.put(quick.job('free'))).wait()).toBe('free');
  for (const [i, name] of ['o1', 'o2', 'o3', 'o4'].entries()) {
    await eventually(() => order.includes(name));
    expect(order.filter((one) => one.startsWith('o'))).toHaveLength(i + 1);
    gateOf(name).open();
    await jobs[i]?.wait();
  }
  expect(order.filter((one) => one.startsWith('o'))).toEqual(['o1', 'o2', 'o3', 'o4']);
});

it('Q5 several quotas are taken together, and a full one delays only its jobs', async () => {
  const queue = context.queue('several');
  await queue.quotas.create('a', 1);
  await queue.quotas.create('b', 1);
  await dispatchers.start('several', { size: 5 });
  await queue.put(held.job('s1'), { quotas: ['a'] });
  await eventually(() => order.includes('s1'));
  const both = await queue.put(held.job('s2'), { quotas: ['b', 'a'] });
  await full(queue, 'a', 1, 1);
  expect((await queue.quotas.get('b'))?.holders).toEqual([]);
  await queue.put(held.job('s3'), { quotas: ['b'] });
  await eventually(() => order.includes('s3'));
  gateOf('s1').open();
  // `a` is free and `b` is not: the job moves to the quota queue of `b`, and leaves `a` to others.
  await full(queue, 'b', 1, 1);
  await full(queue, 'a', 0, 0);
  await (await queue.put(quick.job(1), { quotas: ['a'] })).wait();
  gateOf('s3').open();
  await eventually(() => order.includes('s2'));
  expect((await queue.quotas.list()).map(({ holders }) => holders)).toEqual([[both.id], [both.id]]);
  gateOf('s2').open();
  expect(await both.wait()).toBe('s2');
});

it('Q5, Q3 parked jobs are pending: listed, counted, pulled and removed', async () => {
  const queue = context.queue('parked');
  await queue.quotas.create('disk', 1);
  await dispatchers.start('parked', { size: 5 });
  const first = await queue.put(held.job('p1'), { quotas: ['disk'] });
  await eventually(() => order.includes('p1'));
  const waiting = await queue.putAll(
    [1, 2, 3].map((i) => quick.job(i)),
    { quotas: ['disk'] },
  );
  await eventually(async () => (await parked('parked')) === 3);
  expect(await queue.length()).toBe(3);
  expect((await queue.jobs()).map(({ id }) => id)).toEqual(waiting.map(({ id }) => id));
  expect((await queue.pull(0))?.id).toBe(waiting[0]?.id);
  await queue.remove(waiting[1]?.id ?? '');
  expect(await queue.quotas.get('disk')).toEqual({
    name: 'disk',
    size: 1,
    held: 1,
    holders: [first.id],
    waiters: 1,
  });
  gateOf('p1').open();
  expect(await waiting[2]?.wait()).toBe(3);
});

it('Q5 a job that waits for its retry frees its slot', async () => {
  const queue = context.queue('retry');
  await queue.quotas.create('disk', 1);
  const later = { name: 'quotas.later', jobError: () => 60_000 };
  const { defineRetryPolicy } = await import('@drover/core');
  const policy = defineRetryPolicy(later.name, {
    jobError: later.jobError,
    commitError: () => false,
    interrupted: () => true,
  });
  const fails = defineTask('quotas.fails', () => {
    throw new Error('later');
  });
  await dispatchers.start('retry', { size: 5 });
  const retried = await queue.put(fails.job(), { quotas: ['disk'], retryPolicy: policy });
  await eventually(
    async () => (await context.redis.zcard(`${context.prefix}:retry:delayed`)) === 1,
  );
  await full(queue, 'disk', 0, 0);
  expect(await (await queue.put(quick.job(1), { quotas: ['disk'] })).wait()).toBe(1);
  await pending(retried);
  const conflicts = defineTask('quotas.conflicts', () => {
    if (local.fence < 3) throw new RetryableError('again');
    return 'done';
  });
  const jobs = await queue.putAll([conflicts.job(), conflicts.job()], { quotas: ['disk'] });
  expect(await Promise.all(jobs.map((job) => job.wait()))).toEqual(['done', 'done']);
  await full(queue, 'disk', 0, 0);
});

it('Q5, I1 an interrupt frees the slots, and the job takes them again', async () => {
  const queue = context.queue('interrupt');
  await queue.quotas.create('disk', 1);
  const once = defineTask('quotas.once', async () => {
    if (local.fence > 1) return 'again';
    return await new Promise((_, reject) =>
      local.signal.addEventListener('abort', () => reject(local.signal.reason)),
    );
  });
  const first = await dispatchers.start('interrupt', { size: 5 });
  const job = once.job();
  const started = hasStarted(first, job);
  await queue.put(job, { quotas: ['disk'] });
  await started;
  const other = await queue.put(held.job('i2'), { quotas: ['disk'] });
  await full(queue, 'disk', 1, 1);
  await first.deactivate();
  // The interrupt is not decided yet: the slot is free, and the job keeps its place before the
  // other one (Q4).
  await full(queue, 'disk', 0, 2);
  await dispatchers.start('interrupt', { size: 5 });
  gateOf('i2').open();
  expect(await Promise.all([job.wait(), other.wait()])).toEqual(['again', 'i2']);
  await full(queue, 'disk', 0, 0);
});

it('Q5 a larger size wakes jobs, and a smaller one lets slot holders finish', async () => {
  const queue = context.queue('resize');
  await queue.quotas.create('disk', 0);
  await dispatchers.start('resize', { size: 5 });
  const jobs = [];
  for (const name of ['r1', 'r2', 'r3', 'r4'])
    jobs.push(await queue.put(held.job(name), { quotas: ['disk'] }));
  await full(queue, 'disk', 0, 4);
  await queue.quotas.resize('disk', 3);
  await full(queue, 'disk', 3, 1);
  await queue.quotas.resize('disk', 1);
  gateOf('r1').open();
  gateOf('r2').open();
  await Promise.all([jobs[0]?.wait(), jobs[1]?.wait()]);
  await full(queue, 'disk', 1, 1);
  gateOf('r4').open();
  await pending(jobs[3] as Job);
  gateOf('r3').open();
  await jobs[3]?.wait();
});

it('Q5, Q6 a woken job in a lane without an agent keeps no slot from other lanes', async () => {
  const queue = context.queue('lanes');
  await queue.quotas.create('disk', 1);
  const gpu = await dispatchers.start('lanes', {
    queues: { lanes: { gpu: { size: 2, lanes: ['gpu'] } } },
  });
  await dispatchers.start('lanes', { size: 5 });
  await queue.put(held.job('l1'), { quotas: ['disk'] });
  await eventually(() => order.includes('l1'));
  const stranded = await queue.put(quick.job('gpu'), { quotas: ['disk'], lane: 'gpu' });
  await eventually(async () => (await parked('lanes', '/gpu')) === 1);
  await gpu.deactivate();
  const next = await queue.putAll([quick.job(1), quick.job(2)], { quotas: ['disk'] });
  gateOf('l1').open();
  expect(await Promise.all(next.map((job) => job.wait()))).toEqual([1, 2]);
  await pending(stranded);
  await dispatchers.start('lanes', { queues: { lanes: { gpu: { size: 2, lanes: ['gpu'] } } } });
  expect(await stranded.wait()).toBe('gpu');
});

it('Q5, C3 parts have quotas, and a waiting composite keeps its own slot', async () => {
  const queue = context.queue('composite');
  await queue.quotas.create('album', 1);
  await queue.quotas.create('disk', 1);
  await dispatchers.start('composite', { size: 5 });
  const parts = () => [
    held.job('c1').with({ quotas: ['disk'] }),
    quick.job(2).with({ quotas: ['disk'] }),
  ];
  const first = await queue.put(parallel(parts()), { quotas: ['album'] });
  await full(queue, 'disk', 1, 1);
  const second = await queue.put(parallel(parts()), { quotas: ['album'] });
  await full(queue, 'album', 1, 1);
  expect((await queue.quotas.get('album'))?.holders).toEqual([first.id]);
  gateOf('c1').open();
  expect(await Promise.all([first.wait(), second.wait()])).toEqual([
    ['c1', 2],
    ['c1', 2],
  ]);
  await full(queue, 'album', 0, 0);
  await full(queue, 'disk', 0, 0);
});

it('Q5 an aborted waiting composite frees its slots', async () => {
  const queue = context.queue('aborted');
  await queue.quotas.create('album', 1);
  const first = await dispatchers.start('aborted', { size: 2 });
  const job = await queue.put(parallel([quick.job(1), quick.job(2).with({ lane: 'nobody' })]), {
    quotas: ['album'],
    retryPolicy: abortAlways,
  });
  await waitForStart(job);
  await eventually(() => context.redis.zcard(`${context.prefix}:aborted:waiting-children`));
  await first.deactivate();
  await full(queue, 'album', 1, 0);
  await dispatchers.start('aborted');
  await expect(job.wait()).rejects.toMatchObject({ code: 'DROVER_ABORTED' });
  await full(queue, 'album', 0, 0);
});
