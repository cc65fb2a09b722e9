// A resize wakes at most 100 waiting jobs of a lane in one call. Further ones are woken when these
// start, wait for another quota, or are taken out (Q5).
import type { Queue } from '@drover/core';
import { sweepQuotas } from '../../../../test/kit/store.js';
import { testContext } from '../../../../test/kit/context.js';
import { beginAll, nameOf, work } from './keyed-quota-runs.js';
import { playDispatcher } from './play-dispatcher.js';

const context = testContext('quota-resize');
const names = Array.from({ length: 230 }, (_, i) => `${i}`);

const idsAt = async (queue: string, what: string) =>
  await context.redis.zrange(`${context.prefix}:${queue}:quota:disk:${what}:${queue}`, '0', '-1');

/** A queue with jobs that are parked at the quota `disk`. */
async function waiting(name: string, quotasOf: (job: string) => string[], priority?: number) {
  const queue: Queue = context.queue(name);
  await queue.quotas.create('disk', 0);
  await queue.quotas.create('cpu', 0);
  const jobs = await queue.putAll(
    names.map((job) =>
      work.job(job).with({ quotas: quotasOf(job), ...(priority && { priority }) }),
    ),
  );
  const played = playDispatcher(context, name);
  expect(await beginAll(played)).toEqual([]);
  return { queue, jobs, played };
}

it.each([undefined, 5])('Q4, Q5 they start in their order (priority %s)', async (priority) => {
  const name = `order-${priority ?? 'none'}`;
  const { queue, played } = await waiting(name, () => ['disk'], priority);
  await queue.quotas.resize('disk', 1_000);
  expect(await idsAt(name, 'woken')).toHaveLength(100);
  expect((await beginAll(played)).map(nameOf)).toEqual(names);
});

it('Q4, Q5 a later job does not overtake those that are not woken yet', async () => {
  const { queue, played } = await waiting('later', () => ['disk']);
  await queue.quotas.resize('disk', 1_000);
  // Its claim is the first one.
  await queue.put(work.job('later').with({ quotas: ['disk'] }));
  const wait = `${context.prefix}:later:wait`;
  await context.redis.lmove(wait, wait, 'LEFT', 'RIGHT');
  expect((await beginAll(played)).map(nameOf)).toEqual([...names, 'later']);
});

it('Q5 jobs that wait for another quota as well do not hold up the others', async () => {
  const { queue, played } = await waiting('other', (job) =>
    job === names.at(-1) ? ['disk'] : ['disk', 'cpu'],
  );
  await queue.quotas.resize('disk', 1_000);
  expect((await beginAll(played)).map(nameOf)).toEqual([names.at(-1)]);
  expect(await idsAt('other', 'queued')).toEqual([]);
  await queue.quotas.resize('cpu', 1_000);
  expect((await beginAll(played)).map(nameOf)).toEqual(names.slice(0, -1));
});

it('Q3, Q5 the removal of all woken jobs wakes the others', async () => {
  const { queue, jobs, played } = await waiting('removed', () => ['disk']);
  await queue.quotas.resize('disk', 1_000);
  const woken = await idsAt('removed', 'woken');
  await Promise.all(jobs.filter(({ id }) => woken.includes(id)).map((job) => queue.remove(job)));
  expect((await beginAll(played)).map(nameOf)).toEqual(names.slice(100));
});

it('Q5 a reconcile pass wakes others where another program has deleted the woken jobs', async () => {
  const { queue, played } = await waiting('deleted', () => ['disk']);
  await queue.quotas.resize('disk', 1_000);
  const base = `${context.prefix}:deleted:`;
  for (const id of await idsAt('deleted', 'woken')) {
    await context.redis.lrem(`${base}wait`, 0, id);
    await context.redis.del(base + id);
  }
  await sweepQuotas(context.redis, played.store.keys);
  expect((await beginAll(played)).map(nameOf)).toEqual(names.slice(100));
});
