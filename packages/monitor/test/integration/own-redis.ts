// A Redis of a test's own, and how many commands it has served.
import { Redis } from 'ioredis';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { startRedis, type RedisServer } from '../../../../test/kit/redis-server.js';

export interface OwnRedis {
  server: RedisServer;
  admin: Redis;
  /** The number of commands so far, those of scripts included. */
  commands: () => Promise<number>;
}

export async function ownRedis(): Promise<OwnRedis> {
  const server = await startRedis();
  const admin = new Redis(server.url);
  cleanUpLater(() => admin.disconnect());
  const commands = async (): Promise<number> =>
    Number(/total_commands_processed:(\d+)/.exec(await admin.info('stats'))?.[1]);
  return { server, admin, commands };
}
