// Lanes for producers: put, get, list, count, pull and remove, in any lane (Q6).
import { defineTask, InvalidArgumentError, Queue } from '@drover/core';
import { Redis } from 'ioredis';
import { testContext } from '../../../../test/kit/context.js';
import { startRedis } from '../../../../test/kit/redis-server.js';

const context = testContext('core-lanes');
const task = defineTask('core-lanes.task', (value: number) => value);

it('Q6 length, jobs, get, pull and remove cover all lanes of the queue', async () => {
  const queue = context.queue('all');
  const b = await queue.put(task.job(3), { lane: 'b' });
  const a = await queue.put(task.job(2), { lane: 'a' });
  const main = await queue.put(task.job(1));
  const later = await queue.put(task.job(4), { lane: 'b', beginAfter: 60_000 });
  const all = [main, a, b, later];
  // Another producer, which has put nothing.
  const other = new Queue('all', { connection: context.redisUrl, prefix: context.prefix });
  try {
    expect(await other.length()).toBe(4);
    expect((await other.jobs()).map(({ id }) => id)).toEqual(all.map(({ id }) => id));
    for (const job of all) {
      const found = await other.get(job.id);
      expect([found?.status, found?.args, found?.options.lane]).toEqual([
        'pending',
        job.args,
        job.options.lane,
      ]);
    }
    expect((await other.pull(1))?.id).toBe(a.id);
    await other.remove(b.id);
    await other.remove(later);
    expect(await other.length()).toBe(1);
    expect(await other.get(b.id)).toBeUndefined();
  } finally {
    await other.close();
  }
});

it.each<[string, (queue: Queue) => Promise<unknown>]>([
  ['a put', (queue) => queue.put(task.job(1), { lane: 'gpu' })],
  [
    'a put of several',
    (queue) => queue.putAll([task.job(1).with({ lane: 'gpu' }), task.job(2).with({ lane: 'gpu' })]),
  ],
  ['a put for later', (queue) => queue.put(task.job(1), { lane: 'gpu', beginAfter: 60_000 })],
  [
    'a callback',
    async (queue) => (await queue.put(task.job(1))).addCallback(task.job(2).with({ lane: 'gpu' })),
  ],
])(
  'Q6, B3 %s stores its lane again on a server that lost it, though the client knew the lane',
  async (_, put) => {
    // A server of its own, which the test can flush.
    const { url } = await startRedis();
    const redis = new Redis(url);
    const [queue, other] = [0, 1].map(
      () => new Queue('lost', { connection: url, prefix: context.prefix }),
    );
    if (!queue || !other) throw new Error('there are no queues');
    try {
      await put(queue);
      await redis.flushall();
      await put(queue);
      expect(await redis.smembers(`${context.prefix}:lost:lanes`)).toEqual(['gpu']);
      const ids = (await other.jobs({ lane: 'gpu' })).map(({ id }) => id);
      expect((await other.jobs()).map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
    } finally {
      await Promise.all([queue.close(), other.close()]);
      redis.disconnect();
    }
  },
);

it('Q6 jobs of several lanes are put together, in order within each lane', async () => {
  const queue = context.queue('many');
  await queue.putAll(Array.from({ length: 30 }, (_, i) => task.job(i).with({ lane: `l${i % 3}` })));
  const listed = await queue.jobs({ end: 50 });
  expect(listed.map(({ args }) => args[0])).toEqual(
    [0, 1, 2].flatMap((lane) => Array.from({ length: 10 }, (_, i) => i * 3 + lane)),
  );
});

it.each(['system', '', 'a:b', 'a/b', 7])(
  'B2 %p is refused as a lane, and nothing is put',
  async (lane) => {
    const queue = context.queue('refused');
    const job = task.job(1);
    await expect(queue.put(job, { lane: lane as string })).rejects.toThrow(InvalidArgumentError);
    expect(() => job.with({ lane: lane as string })).toThrow(/lane/);
    expect(await queue.length()).toBe(0);
    await queue.remove(await queue.put(job));
  },
);

it('Q6 the key of the set of lanes is no job id', async () => {
  const queue = context.queue('odd');
  await queue.put(task.job(1), { lane: 'gpu' });
  await expect(queue.get('lanes')).rejects.toThrow('there is no job "lanes"');
});
