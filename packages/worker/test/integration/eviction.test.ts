// A Redis that may evict keys is refused, since it would lose locks or jobs.
import { UnsupportedError } from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { startRedis } from '../../../../test/kit/redis-server.js';
import { dispatchersIn, next } from './dispatchers.js';
import { Redis } from 'ioredis';

const { prefix } = testContext('eviction');

it('a dispatcher does not start under an evicting policy, and says what to set', async () => {
  const server = await startRedis({ args: ['--maxmemory-policy', 'allkeys-lru'] });
  const redis = new Redis(server.url);
  const dispatchers = dispatchersIn({ redisUrl: server.url, prefix } as never);
  const dispatcher = dispatchers.make('evicting');
  await expect(dispatcher.activate()).rejects.toThrow(UnsupportedError);
  await expect(dispatcher.activate()).rejects.toThrow(
    /maxmemory-policy is allkeys-lru.*Set maxmemory-policy noeviction/,
  );
  expect(dispatcher.status).toBe('new');
  expect(await redis.keys('*')).toEqual([]);

  await redis.config('SET', 'maxmemory-policy', 'volatile-ttl');
  await expect(dispatcher.activate()).rejects.toThrow(/maxmemory-policy is volatile-ttl/);
  await redis.config('SET', 'maxmemory-policy', 'noeviction');
  await dispatcher.activate();
  expect(dispatcher.status).toBe('active');
  await dispatcher.deactivate();
  redis.disconnect();
});

it('D5 a dispatcher that was deposed under one is active again when it is mended', async () => {
  const server = await startRedis();
  const redis = new Redis(server.url);
  const dispatcher = dispatchersIn({ redisUrl: server.url, prefix } as never).make('deposed', {
    pingInterval: 50,
    deathInterval: 300,
  });
  await dispatcher.activate();
  // On a busy machine pings may be late too: that is another error.
  const told = new Promise<void>((resolve) =>
    dispatcher.on('error', (error) => void (error instanceof UnsupportedError && resolve())),
  );
  const reactivated = next(dispatcher, 'reactivated');
  await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
  await redis.hset(`${prefix}:dispatcher:${dispatcher.uuid}`, { status: 'deactivated' });
  await told;
  await redis.config('SET', 'maxmemory-policy', 'noeviction');
  await reactivated;
  expect(dispatcher.status).toBe('active');
  await dispatcher.deactivate();
  redis.disconnect();
});
