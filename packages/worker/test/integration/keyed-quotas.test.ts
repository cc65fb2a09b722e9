// Quotas with keys, as dispatchers run their jobs: no key has more runs than slots, none starves,
// and nothing is left of a key (Q9).
import { defineTask, local, type Job } from '@drover/core';
import { travel } from '@drover/core/testing';
import { runInline } from '@drover/worker/testing';
import { parallel, serial } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { hasStarted } from '../../../../test/kit/dispatchers.js';
import { aborted } from '../../../../test/kit/gate.js';
import { eventually } from '../../../../test/kit/wait.js';
import { dispatchersIn } from './dispatchers.js';
import { gateOf, held, order, quick } from './quota-tasks.js';

const context = testContext('keyed-quotas');
const dispatchers = dispatchersIn(context);
const HOUR = 3_600_000;

async function keyedQueue(name: string, size: number) {
  const queue = context.queue(name);
  await queue.quotas.create('team', size, { keyed: true });
  return queue;
}

const team = (key: string) => ({ quotas: [`team/${key}`] });

const quotaKeys = async (queue: string) =>
  await context.redis.keys(`${context.prefix}:${queue}:quota:team/*`);

it('Q5, Q9 three dispatchers run no more jobs of a key at once than slots', async () => {
  const running = new Map<string, number>();
  let most = 0;
  const counted = defineTask('keyed.counted', async (key: string, failing: boolean) => {
    const now = (running.get(key) ?? 0) + 1;
    running.set(key, now);
    most = Math.max(most, now);
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    running.set(key, (running.get(key) ?? 0) - 1);
    if (failing) throw new Error('no');
  });
  const queue = await keyedQueue('many', 2);
  for (let i = 0; i < 3; i++) await dispatchers.start('many', { size: 10 });
  const jobs = await queue.putAll(
    Array.from({ length: 240 }, (_, i) => {
      const key = `k${i % 12}`;
      return counted.job(key, i % 7 === 0).with(team(key));
    }),
  );
  await Promise.allSettled(jobs.map((job) => job.wait()));
  expect([most, running.size]).toEqual([2, 12]);
  await eventually(async () => (await quotaKeys('many')).length === 0);
  expect(await queue.quotas.get('team')).toMatchObject({ holders: [], waiters: 0 });
});

it('Q9 a key with many jobs holds up no other one, also with one agent', async () => {
  const queue = await keyedQueue('one-agent', 3);
  const runs: string[] = [];
  const noted = defineTask('keyed.noted', (name: string) => void runs.push(name));
  const jobs = await queue.putAll([
    ...Array.from({ length: 50 }, (_, i) => noted.job(`a${i}`).with(team('a'))),
    ...['b', 'c'].map((key) => noted.job(`${key}0`).with(team(key))),
  ]);
  await dispatchers.start('one-agent', { size: 1 });
  await Promise.all(jobs.map((job) => job.wait()));
  expect(runs.slice(0, 3)).toEqual(['a0', 'b0', 'c0']);
  expect(runs).toHaveLength(52);
});

it('Q4, I1, Q9 a job that was interrupted begins before the others of its key', async () => {
  const queue = await keyedQueue('interrupted', 1);
  const runs: string[] = [];
  const heeds = defineTask('keyed.heeds', async (name: string) => {
    runs.push(name);
    if (name === 'a1' && local.fence === 1) await aborted(local.signal);
  });
  const jobs = ['a1', 'a2', 'b1'].map((name) => heeds.job(name).with(team(name[0] as string)));
  const first = await dispatchers.start('interrupted', { size: 1 });
  const started = hasStarted(first, jobs[0] as Job);
  await queue.putAll(jobs);
  await started;
  await first.deactivate();
  await dispatchers.start('interrupted', { size: 1 });
  await Promise.all(jobs.map((job) => job.wait()));
  expect(runs.filter((name) => name !== 'b1')).toEqual(['a1', 'a1', 'a2']);
  await eventually(async () => (await quotaKeys('interrupted')).length === 0);
});

it('Q9, C3 composites and their parts have keys, many parts with a key too', async () => {
  const queue = await keyedQueue('composite', 1);
  await dispatchers.start('composite', { size: 5 });
  const parts = (name: string) =>
    Array.from({ length: 8 }, (_, i) => quick.job(`${name}${i}`).with(team(i % 2 ? 'x' : 'y')));
  const values = (name: string) => Array.from({ length: 8 }, (_, i) => `${name}${i}`);
  const both = [
    await queue.put(parallel(parts('p')), team('album')),
    await queue.put(serial(parts('s')), team('album')),
  ];
  expect(await both[0]?.wait()).toEqual(values('p'));
  expect(await both[1]?.wait()).toEqual(values('s'));
  await eventually(async () => (await quotaKeys('composite')).length === 0);
});

it('Q9 several keys and plain quotas are held together', async () => {
  const queue = await keyedQueue('together', 1);
  await queue.quotas.create('region', 1, { keyed: true });
  await queue.quotas.create('disk', 2);
  await dispatchers.start('together', { size: 5 });
  const put = (name: string, ...quotas: string[]) => queue.put(held.job(name), { quotas });
  const first = await put('t1', 'team/a', 'region/eu', 'disk');
  await eventually(() => order.includes('t1'));
  const second = await put('t2', 'team/b', 'region/eu');
  const third = await put('t3', 'team/b', 'region/us', 'disk');
  await eventually(async () => (await queue.quotas.get('region/eu'))?.waiters === 1);
  expect((await queue.explain(second)).sentence).toContain('the quota `region/eu` (1 slot), held');
  gateOf('t1').open();
  await eventually(() => order.includes('t2'));
  expect((await queue.quotas.get('disk'))?.holders).toEqual([]);
  gateOf('t2').open();
  gateOf('t3').open();
  await Promise.all([first, second, third].map((job) => job.wait()));
  expect((await queue.quotas.list()).map(({ name, keys }) => [name, keys?.inUse])).toEqual([
    ['disk', undefined],
    ['region', 0],
    ['team', 0],
  ]);
});

it('Q9, Q11 drain, retryAll and obliterate leave nothing of a key', async () => {
  const queue = await keyedQueue('emptied', 0);
  const fails = defineTask('keyed.fails', () => {
    if (local.attempt === 1) throw new Error('no');
  });
  await queue.putAll(Array.from({ length: 40 }, (_, i) => fails.job().with(team(`${i % 9}`))));
  expect(await queue.drain()).toBe(40);
  expect(await quotaKeys('emptied')).toEqual([]);
  await queue.quotas.resize('team', 1);
  await dispatchers.start('emptied', { size: 5 });
  const jobs = await queue.putAll(
    Array.from({ length: 20 }, (_, i) => fails.job().with(team(`${i % 3}`))),
  );
  await Promise.allSettled(jobs.map((job) => job.wait()));
  expect(await queue.retryAll({ status: 'failed' })).toMatchObject({ done: 20 });
  await eventually(async () => (await queue.length()) === 0);
  await eventually(async () => (await quotaKeys('emptied')).length === 0);
  await queue.quotas.resize('team', 0);
  await queue.putAll(Array.from({ length: 40 }, (_, i) => fails.job().with(team(`${i % 9}`))));
  await queue.obliterate({ force: true });
  expect(await context.redis.keys(`${context.prefix}:emptied:quota*`)).toEqual([]);
});

it('Q9, Q12 keys hold for defaults of a queue, inline runs, and jobs that become due', async () => {
  const queue = await keyedQueue('ways', 1);
  const inline = await queue.put(quick.job('inline'), { ...team('a'), beginAfter: HOUR });
  expect(await runInline(inline, { queue })).toBe('inline');
  await dispatchers.start('ways', { size: 5 });
  const later = await queue.putAll(
    ['d1', 'd2'].map((name) => quick.job(name).with({ ...team('a'), beginAfter: HOUR })),
  );
  await travel(queue, HOUR);
  expect(await Promise.all(later.map((job) => job.wait()))).toEqual(['d1', 'd2']);
  await eventually(async () => (await quotaKeys('ways')).length === 0);
});
