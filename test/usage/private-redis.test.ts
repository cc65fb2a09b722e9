// Usage, testing: a Redis for the tests alone.
import { Queue } from '@drover/core';
import { startRedis } from '@drover/core/testing';
import { Redis } from 'ioredis';

it('B2 a private Redis runs until it is stopped', async () => {
  const redis = await startRedis({ args: ['--maxmemory', '50mb'] });
  const client = new Redis(redis.url, { lazyConnect: true, retryStrategy: null });
  expect(await client.config('GET', 'maxmemory')).toEqual(['maxmemory', String(50 * 1024 ** 2)]);
  expect(await client.config('GET', 'save')).toEqual(['save', '']);
  expect(await client.config('GET', 'maxmemory-policy')).toEqual([
    'maxmemory-policy',
    'noeviction',
  ]);
  const queue = new Queue('any', { connection: redis.url });
  expect(await queue.length()).toBe(0);
  await queue.close();
  client.disconnect();

  await redis.stop();
  await redis.stop();
  const late = new Redis(redis.url, { lazyConnect: true, retryStrategy: null });
  late.on('error', () => {});
  await expect(late.connect()).rejects.toThrow();
});

describe('where the program is', () => {
  const { PATH, REDIS_SERVER } = process.env;
  afterEach(() => {
    process.env['PATH'] = PATH;
    if (REDIS_SERVER === undefined) delete process.env['REDIS_SERVER'];
    else process.env['REDIS_SERVER'] = REDIS_SERVER;
  });

  it('B2 says how to get a server where none is installed', async () => {
    delete process.env['REDIS_SERVER'];
    process.env['PATH'] = '/nowhere';
    await expect(startRedis()).rejects.toMatchObject({
      code: 'DROVER_UNSUPPORTED',
      message: expect.stringMatching(
        /none of redis-server, valkey-server is on PATH: install Redis .*or start a container/,
      ) as unknown,
    });
  });

  it('B2 names $REDIS_SERVER where no program is there', async () => {
    process.env['REDIS_SERVER'] = '/nowhere/redis';
    await expect(startRedis()).rejects.toThrow(
      'there is no program at $REDIS_SERVER (/nowhere/redis)',
    );
    process.env['REDIS_SERVER'] = '/tmp';
    await expect(startRedis()).rejects.toThrow(/\/tmp cannot be started/);
  });

  it('B2 shows the log of a server that does not start', async () => {
    await expect(startRedis({ args: ['--no-such-option', '1'] })).rejects.toThrow(
      /did not start:[^]*no-such-option/,
    );
    await expect(startRedis({ args: 'x' as never })).rejects.toThrow(/args must be an array/);
    await expect(startRedis({ port: 1 } as never)).rejects.toThrow(/no option "port"/);
  });
});
