// Producers wait for the parts of packs, list them and count them, while dispatchers run them. The
// regular look of the waits is off: each has to end by an event.
import '../../../../test/kit/no-regular-look.js';
import { defineTask, local, Queue, type Job } from '@drover/core';
import { waitForAnnotation, waitForStart } from '@drover/core/testing';
import { parallel, serial } from '@drover/composite';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { testContext } from '../../../../test/kit/context.js';
import { gatesByName } from '../../../../test/kit/gate.js';
import { startDispatcher } from './dispatchers.js';

const context = testContext('packs-waits');
const gates = gatesByName();
const short = defineTask('packs-waits.short', (value: unknown) => value);
const fails = defineTask('packs-waits.fails', (value: unknown): unknown => {
  throw new RangeError(String(value));
});
const slow = defineTask('packs-waits.slow', async (name: string) => {
  await gates(name).opened;
  return name;
});
const tells = defineTask('packs-waits.tells', async (value: unknown) => {
  await local.setLiveAnnotation('told', value);
  return value;
});

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const shorts = (count: number): Job[] => range(count).map((i) => short.job(i));
/** Such as a process that did not put the jobs. */
function otherQueue(name: string): Queue {
  const queue = new Queue(name, { connection: context.redisUrl, prefix: context.prefix });
  cleanUpLater(() => queue.close());
  return queue;
}
const outcomesOf = (jobs: readonly Job[]): Promise<unknown[]> =>
  Promise.all(jobs.map((job) => job.wait().catch(({ message }: Error) => message)));

it.each([
  ['parallel', 'small', 40, parallel],
  ['parallel', 'large', 400, parallel],
  ['serial', 'small', 8, serial],
  ['serial', 'large', 300, serial],
] as const)('J12 each wait for a part of a %s (%s) ends with its value', async (...row) => {
  const [kind, size, count, compose] = row;
  const name = `${kind}-${size}`;
  await startDispatcher(context, name, 4);
  const queue = context.queue(name);
  // With short jobs before them, packs of a parallel are run as packs.
  await queue.putAll(shorts(60));
  const parts = shorts(count);
  const composite = await queue.put(compose(parts, { packed: true }));
  const early = outcomesOf(parts);
  expect(await composite.wait()).toEqual(range(count));
  expect(await early).toEqual(range(count));
  const others = otherQueue(name);
  const again = await Promise.all(parts.map(({ id }) => others.get(id)));
  expect(await outcomesOf(again as Job[])).toEqual(range(count));
  expect(await queue.length()).toBe(0);
  const completed = await others.jobs({ status: 'completed', end: 999 });
  const tasks = completed.filter(({ task }) => task !== composite.task).map(({ task }) => task);
  expect(tasks).toEqual(Array(count + 60).fill(short.name));
  expect(new Set(completed.map(({ id }) => id)).size).toBe(count + 61);
});

it.each([
  ['parallel', parallel],
  ['serial', serial],
] as const)('J12 waits for parts of a %s of many kinds end', async (kind, compose) => {
  await startDispatcher(context, `kinds-${kind}`, 2);
  const queue = context.queue(`kinds-${kind}`);
  await queue.putAll(shorts(60));
  // Each is put by the part that gets it, and returns it.
  const children: Job[] = [];
  const parts = range(48).map((i): Job => {
    if (i % 12 === 5) return fails.job(i);
    if (i % 12 === 7) return tells.job(i);
    if (i % 12 !== 10) return short.job(i);
    children.push(short.job(`child ${i}`));
    return short.job(children.at(-1));
  });
  const composite = await queue.put(compose(parts, { packed: true }));
  const outcomes = outcomesOf(parts);
  const ofChildren = outcomesOf(children);
  const told = waitForAnnotation(parts[31] as Job, 'told');
  const callback = await parts[40]?.addCallback(short.job('after'));
  await composite.wait();
  const expected = range(48).map((i) => (i % 12 === 10 ? `child ${i}` : String(i)));
  expect((await outcomes).map(String)).toEqual(expected);
  expect(await ofChildren).toEqual([10, 22, 34, 46].map((i) => `child ${i}`));
  expect(await told).toBe(31);
  expect(await callback?.wait()).toBe('after');
});

it('J2 the steps of a serial that runs have their statuses, and are listed by them', async () => {
  await startDispatcher(context, 'statuses', 2);
  const queue = context.queue('statuses');
  const parts = range(12).map((i): Job => (i === 5 ? slow.job('middle') : short.job(i)));
  const composite = await queue.put(serial(parts, { packed: true }));
  const before = outcomesOf(parts.slice(0, 5));
  const started = waitForStart(parts[5] as Job);
  const after = outcomesOf(parts.slice(5));
  expect(await before).toEqual(range(5));
  await started;
  const others = otherQueue('statuses');
  const statuses = await Promise.all(parts.map(async ({ id }) => (await others.get(id))?.status));
  const expected = ['completed', 'active', 'new'].flatMap((status, i) =>
    Array<string>([5, 1, 6][i] as number).fill(status),
  );
  expect(statuses).toEqual(expected);
  const labels = async (status: 'completed' | 'new' | 'active' | 'pending') =>
    (await others.jobs({ status })).map(({ args }) => args[0]);
  expect(await labels('completed')).toEqual(range(5).reverse());
  expect(await labels('new')).toEqual(range(12).slice(6));
  expect(await labels('pending')).toEqual([]);
  expect((await labels('active'))[0]).toBe('middle');
  expect(await queue.length()).toBe(0);
  gates('middle').open();
  expect(await after).toEqual(['middle', ...range(12).slice(6)]);
  await composite.wait();
});
