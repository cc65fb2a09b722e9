// Producers and a Redis that is away, full, restarted or without its scripts (B3), and errors that
// show no secret (B2).
import { defineTask, Queue } from '@drover/core';
import { inspect } from 'node:util';
import { Redis } from 'ioredis';
import { startRedis, type RedisServer } from '../../../../test/kit/redis-server.js';
import { password, wrongPassword } from '../../../../test/kit/secret.js';
import { eventually } from '../../../../test/kit/wait.js';

const work = defineTask('redis-outage.work', (value: unknown) => value);
let server: RedisServer;
beforeAll(async () => {
  server = await startRedis({
    appendonly: true,
    args: ['--user', 'producer', 'on', `>${password}`, '~*', '&*', '+@all'],
  });
});

const urlWith = (password: string): string =>
  server.url.replace('redis://', `redis://producer:${encodeURIComponent(password)}@`);

async function withQueue(
  name: string,
  use: (queue: Queue, redis: Redis) => Promise<void>,
  whenUnavailable: 'wait' | 'fail' = 'wait',
): Promise<void> {
  // With 'fail', a refusal by Redis is thrown at once.
  const queue = new Queue(name, { connection: urlWith(password), whenUnavailable });
  const redis = new Redis(urlWith(password), { disconnectTimeout: 100 });
  redis.on('error', () => {});
  try {
    await use(queue, redis);
  } finally {
    redis.disconnect();
    await queue.close();
  }
}

it('B3 a put during an outage is done once, when Redis is back', async () => {
  await withQueue('away', async (queue) => {
    await queue.put(work.job('before'));
    await server.kill();
    const put = queue.put(work.job('meanwhile'));
    await server.restart();
    await put;
    expect((await queue.jobs()).map(({ args }) => args[0])).toEqual(['before', 'meanwhile']);
  });
});

it('B3 a wait survives a restart of Redis', async () => {
  await withQueue('restarted', async (queue, redis) => {
    const job = await queue.put(work.job(1));
    const ended = expect(job.wait()).rejects.toThrow(/was removed/);
    await eventually(async () => String(await redis.client('LIST')).includes('cmd=xread'));
    await server.restart();
    await queue.remove(job.id);
    await ended;
  });
});

it('B3 each operation survives SCRIPT FLUSH', async () => {
  await withQueue('forgetful', async (queue, redis) => {
    const forget = () => redis.script('FLUSH');
    await queue.put(work.job(1));
    await forget();
    const jobs = await queue.putAll([work.job(2), work.job(3)]);
    await forget();
    await queue.put(work.job(4));
    await forget();
    expect((await queue.jobs()).map(({ args }) => args[0])).toEqual([1, 2, 3, 4]);
    await forget();
    await queue.remove(jobs[0]?.id ?? '');
    await forget();
    expect((await queue.pull())?.args).toEqual([1]);
    expect(await queue.length()).toBe(2);
  });
});

it('B3 a put into a full Redis is refused with a clear error, and stores nothing', async () => {
  await withQueue(
    'full',
    async (queue, redis) => {
      await redis.config('SET', 'maxmemory', '1');
      const one = queue.put(work.job(1));
      await expect(one).rejects.toThrow(/OOM/);
      const jobs = Array.from({ length: 3 }, (_, i) => work.job(i));
      await expect(queue.putAll(jobs)).rejects.toThrow(/OOM/);
      await redis.config('SET', 'maxmemory', '0');
      expect(await queue.length()).toBe(0);
      expect(jobs[0]?.status).toBe('new');
      await queue.putAll(jobs);
      expect(await queue.length()).toBe(3);
    },
    'fail',
  );
});

it('B2 the error about a wrong password does not show it', async () => {
  const errors: Error[] = [];
  const queue = new Queue('wrong-password', {
    connection: urlWith(wrongPassword),
    onError: (error) => errors.push(error),
  });
  await eventually(() => errors.some(({ message }) => message.includes('WRONGPASS')));
  await queue.close();
  expect(errors.map((error) => error.message).join()).not.toContain(wrongPassword);
});

it('B2 the error about a wrong password has no field with it', async () => {
  const errors: Error[] = [];
  const queue = new Queue('wrong-password', {
    connection: urlWith(wrongPassword),
    onError: (error) => errors.push(error),
  });
  await eventually(() => errors.some(({ message }) => message.includes('WRONGPASS')));
  await queue.close();
  expect(inspect(errors, { depth: 9 })).not.toContain(wrongPassword);
});

it("B2 an error of a put has no field with the job's arguments", async () => {
  await withQueue(
    'secret',
    async (queue, redis) => {
      await redis.config('SET', 'maxmemory', '1');
      const error: unknown = await queue
        .put(work.job('a secret argument'))
        .catch((thrown: unknown) => thrown);
      await redis.config('SET', 'maxmemory', '0');
      expect(inspect(error, { depth: 9 })).not.toContain('a secret argument');
    },
    'fail',
  );
});
