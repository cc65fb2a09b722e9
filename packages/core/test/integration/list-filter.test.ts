// Lists by task and lane, and pages deep in a long queue, which are read without the jobs before
// them.
import { defineTask, InvalidArgumentError, Queue, type Job, type ListStatus } from '@drover/core';
import { newStoredJob } from '../../../../test/kit/store.js';
import { Redis } from 'ioredis';
import { testContext } from '../../../../test/kit/context.js';
import { eventually } from '../../../../test/kit/wait.js';
import { startRedis } from '../../../../test/kit/redis-server.js';
import { playDispatcher } from './play-dispatcher.js';

const context = testContext('list-filter');
const work = defineTask('list-filter.work', (value: unknown) => value);
const rare = defineTask('list-filter.rare', (value: unknown) => value);
const idsOf = (jobs: readonly Job[]): string[] => jobs.map(({ id }) => id);

it('`jobs` lists one task, by task or name, in pages, due or not', async () => {
  const queue = context.queue('task');
  const jobs = await queue.putAll(
    Array.from({ length: 2_600 }, (_, i) => (i % 100 === 0 ? rare : work).job(i)),
  );
  const later = await queue.put(rare.job('later'), { beginAfter: 60_000 });
  const expected = [...idsOf(jobs.filter(({ task }) => task === rare.name)), later.id];
  expect(idsOf(await queue.jobs({ task: rare }))).toEqual(expected);
  expect(idsOf(await queue.jobs({ task: rare.name, start: 20, end: 30 }))).toEqual(
    expected.slice(20, 31),
  );
  expect(await queue.jobs({ task: 'list-filter.none' })).toEqual([]);
});

it('`jobs` lists one lane', async () => {
  const queue = context.queue('lane');
  const job = await queue.put(work.job(1));
  expect(idsOf(await queue.jobs({ lane: 'main' }))).toEqual([job.id]);
  expect(await queue.jobs({ lane: 'system' })).toEqual([]);
});

it('Q1, Q2, Q5 `jobs` lists what pending jobs wait for, and changes such jobs alone', async () => {
  const queue = context.queue('pending-states');
  await queue.quotas.create('shut', 0);
  const waits = await queue.put(work.job('waits'), { quotas: ['shut'] });
  const { claimNow, store } = playDispatcher(context, 'pending-states');
  expect(await store.takeSlots(await claimNow())).toBe('parked');
  const due = await queue.put(work.job('due'), { priority: 3 });
  const later = await queue.put(work.job('later'), { beginAfter: 3_600_000 });
  const passed = await queue.put(work.job('passed'), { beginAfter: 20 });
  await eventually(async () => (await queue.counts()).delayed === 1);

  const list = async (status: ListStatus[]) => idsOf(await queue.jobs({ status }));
  expect((await list(['due'])).sort()).toEqual([due.id, passed.id].sort());
  expect(await list(['delayed'])).toEqual([later.id]);
  expect(await list(['waitingForQuota'])).toEqual([waits.id]);
  const all = await list(['pending']);
  expect(all).toHaveLength(4);
  expect(await list(['delayed', 'due', 'waitingForQuota', 'due'])).toEqual(all);
  await expect(list(['due', 'active'])).rejects.toThrow(
    /"due" and "active" are not listed together/,
  );
  expect(await queue.removeAll({ status: 'waitingForQuota' })).toEqual({ matched: 1, done: 1 });
  expect(await list(['waitingForQuota'])).toEqual([]);
  expect(await list(['delayed'])).toEqual([later.id]);
});

it.each([
  { task: 1 },
  { task: '' },
  { task: null },
  { lane: '' },
  { lane: 'a/b' },
  { lane: 5 },
] as object[])('B2 %j is refused', async (bad) => {
  await expect(context.queue('bad').jobs(bad)).rejects.toThrow(InvalidArgumentError);
});

it('`jobs` lists pages of waiting jobs, of their children, and of several statuses', async () => {
  const queue = context.queue('statuses');
  const whole = await queue.put(work.job('whole'));
  const dispatcher = playDispatcher(context, 'statuses');
  const claim = await dispatcher.claimNow();
  const parts = Array.from({ length: 3 }, (_, i) => work.job(i));
  const schedule = {
    jobs: parts.map((part) => newStoredJob(part)),
    inOrder: true,
    then: undefined,
  };
  await dispatcher.store.schedule(claim, schedule, Date.now());
  await dispatcher.store.suspend(claim, dispatcher.owner);
  expect(idsOf(await queue.jobs({ status: 'active' }))).toEqual([whole.id]);
  expect(new Set(idsOf(await queue.jobs({ status: 'new' })))).toEqual(
    new Set(idsOf(parts.slice(1))),
  );
  expect(await queue.jobs({ status: 'new', start: 1, end: 1 })).toHaveLength(1);
  expect(await queue.jobs({ status: ['new', 'active', 'pending'], start: 1 })).toHaveLength(3);
});

it('a page deep in the queue is read without the jobs before it', async () => {
  // A server of its own, so that only commands of this test are counted.
  const server = await startRedis();
  const redis = new Redis(server.url);
  const queue = new Queue('deep', { connection: server.url });
  const jobs = await queue.putAll(Array.from({ length: 5_000 }, (_, i) => work.job(i)));
  await redis.config('RESETSTAT');
  expect(idsOf(await queue.jobs({ start: 4_900, end: 4_909 }))).toEqual(
    idsOf(jobs.slice(4_900, 4_910)),
  );
  const calls = [...(await redis.info('commandstats')).matchAll(/cmdstat_evalsha:calls=(\d+)/g)];
  expect(Number(calls[0]?.[1])).toBeLessThan(50);
  await queue.close();
  redis.disconnect();
});
