// `queue.activity()`: what has ended lately, and since when jobs wait for an agent. Also what the
// Redis server says of itself, and queues on the connection of another one.
import {
  BadStatusError,
  defineTask,
  Dispatchers,
  InvalidArgumentError,
  Queue,
  type Job,
} from '@drover/core';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { testContext } from '../../../../test/kit/context.js';
import { range, waiting } from './packs-scene.js';
import { playDispatcher } from './play-dispatcher.js';

const context = testContext('activity');
const { prefix, redis, redisUrl: connection } = context;
const work = defineTask('activity.work', (value: unknown) => value);
const HOUR = 3_600_000;

/** Makes stored jobs older, by the time of their put. */
async function age(queue: string, jobs: readonly Job[], ms: number): Promise<void> {
  for (const { id } of jobs) await redis.hincrby(`${prefix}:${queue}:${id}`, 'timestamp', -ms);
}

it('Q1 activity of an empty queue has no time and counts nothing', async () => {
  const { now, ...rest } = await context.queue('empty').activity();
  expect(now).toBeGreaterThan(1e12);
  const none = { succeeded: 0, failed: 0 };
  expect(rest).toEqual({ within: 60_000, ...none, lanes: { system: none, main: none } });
});

it('Q1, Q7 activity tells the job that has been due the longest, of any priority', async () => {
  const queue = context.queue('due');
  const [first] = await queue.putAll([work.job(1), work.job(2)]);
  await queue.put(work.job('later'), { beginAfter: HOUR });
  const urgent = await queue.put(work.job('low'), { priority: 9 });
  const other = await queue.put(work.job('other'), { lane: 'side' });
  const dueOf = async (job: Job) => (await queue.get(job.id))?.times.due;
  expect((await queue.activity()).oldestDue).toBe(await dueOf(first as Job));
  await age('due', [urgent], HOUR);
  expect((await queue.activity()).oldestDue).toBe(await dueOf(urgent));
  await age('due/side', [other], 2 * HOUR);
  const { oldestDue, lanes } = await queue.activity();
  expect(oldestDue).toBe(await dueOf(other));
  expect(lanes['side']?.oldestDue).toBe(oldestDue);
  expect(lanes['main']?.oldestDue).toBe(await dueOf(urgent));
});

it('Q1, Q2 a delayed job whose time has come is due since then', async () => {
  const queue = context.queue('delayed');
  await queue.put(work.job(1), { beginAfter: HOUR });
  const delayed = `${prefix}:delayed:delayed`;
  const [id = ''] = await redis.zrange(delayed, '0', '0');
  const dueAt = (await queue.activity()).now - 10_000;
  await redis.zadd(delayed, dueAt * 0x1000, id);
  expect((await queue.activity()).oldestDue).toBe(dueAt);
});

it('Q1 activity counts what has ended within the time, with the parts of packs', async () => {
  const queue = context.queue('ended');
  await queue.putAll(range(4).map((i) => work.job(i)));
  const dispatcher = playDispatcher(context, 'ended');
  for (const _ of range(2)) await dispatcher.complete(await dispatcher.claimNow(), 1);
  await dispatcher.fail(await dispatcher.claimNow(), new Error('no'));
  expect(await queue.activity()).toMatchObject({ succeeded: 2, failed: 1 });
  const [id = ''] = await redis.zrange(`${prefix}:ended:completed`, '0', '0');
  const { now } = await queue.activity();
  await redis.zadd(`${prefix}:ended:completed`, now - HOUR, id);
  expect(await queue.activity()).toMatchObject({ succeeded: 1, failed: 1 });
  expect(await queue.activity({ within: 2 * HOUR })).toMatchObject({ succeeded: 2, failed: 1 });

  const scene = await waiting(context, 'packs', 40);
  const pack = await scene.dispatcher.claimPack();
  await scene.dispatcher.endPack(pack, range(32));
  expect(await context.queue('packs').activity()).toMatchObject({ succeeded: 32, failed: 0 });
});

it('B2 activity refuses a bad time', async () => {
  for (const within of [-1, NaN, '1'])
    await expect(context.queue('bad').activity({ within } as never)).rejects.toThrow(
      InvalidArgumentError,
    );
});

it('B3 the fleet tells what the Redis server says of itself', async () => {
  const fleet = new Dispatchers({ connection, prefix });
  cleanUpLater(() => fleet.close());
  const [server, ...others] = (await fleet.redis()) ?? [];
  expect(others).toEqual([]);
  expect(server).toMatchObject({
    ...{ version: expect.stringMatching(/^\d+\./), role: 'master', evictionPolicy: 'noeviction' },
    ...{ appendOnly: expect.any(Boolean), canSave: expect.any(Boolean) },
  });
  expect(server?.usedMemory).toBeGreaterThan(1_000);
});

it('Q1 a sibling is another queue on the same connection, and ends with it', async () => {
  const queue = new Queue('one', { connection, prefix });
  const other = queue.sibling('other');
  expect(queue.sibling('other')).toBe(other);
  expect(queue.sibling('one')).toBe(queue);
  expect(() => queue.sibling('a:b')).toThrow(InvalidArgumentError);
  const job = await other.put(work.job(1));
  expect(await context.queue('other').get(job.id)).toBeDefined();
  expect(await Queue.names(queue)).toContain('other');
  await other.close();
  expect(await other.length()).toBe(1);
  await queue.close();
  await expect(other.length()).rejects.toThrow(BadStatusError);
  expect(() => queue.sibling('other')).toThrow(BadStatusError);
});
