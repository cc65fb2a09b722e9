// A Redis with a replica, and three sentinels that fail over.
import { Redis } from 'ioredis';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleanUpLater } from './cleanup.js';
import { freePort, startRedis, type RedisServer } from './redis-server.js';
import { eventually } from './wait.js';

export interface WatchedRedis {
  master: RedisServer;
  replica: RedisServer;
  /** The sentinels as clients get them. */
  connection: { sentinels: { host: string; port: number }[]; name: string };
  /** Happens by itself after a test file. */
  stop(): Promise<void>;
}

/** ms without an answer after which a sentinel takes the master for dead. */
export const DOWN_AFTER = 1_000;
const SENTINELS = 3;
const NAME = 'jobs';

/** Resolves when the sentinels know of each other, and of the replica. */
export async function startSentinels(): Promise<WatchedRedis> {
  const master = await startRedis();
  const replica = await startRedis({ args: ['--replicaof', '127.0.0.1', String(master.port)] });
  const started = await Promise.all(
    Array.from({ length: SENTINELS }, () => startSentinel(master.port)),
  );
  const stop = async (): Promise<void> => {
    await Promise.all([
      ...started.splice(0).map(({ end }) => end()),
      master.stop(),
      replica.stop(),
    ]);
  };
  cleanUpLater(stop);
  const sentinels = started.map(({ port }) => ({ host: '127.0.0.1', port }));
  await Promise.all(sentinels.map(({ port }) => untilReady(port)));
  return { master, replica, connection: { sentinels, name: NAME }, stop };
}

async function startSentinel(master: number): Promise<{ port: number; end: () => Promise<void> }> {
  const port = await freePort();
  const dir = mkdtempSync(join(tmpdir(), 'drover-test-sentinel-'));
  const file = join(dir, 'sentinel.conf');
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${dir}`,
    `sentinel monitor ${NAME} 127.0.0.1 ${master} 2`,
  ];
  lines.push(
    `sentinel down-after-milliseconds ${NAME} ${DOWN_AFTER}`,
    `sentinel failover-timeout ${NAME} 3000`,
  );
  writeFileSync(file, `${lines.join('\n')}\n`);
  const child = spawn('redis-server', [file, '--sentinel'], { stdio: 'ignore' });
  const end = async (): Promise<void> => {
    child.kill('SIGKILL');
    await once(child, 'exit');
    rmSync(dir, { recursive: true, force: true });
  };
  return { port, end };
}

async function untilReady(port: number): Promise<void> {
  const redis = new Redis(port, { disconnectTimeout: 100 });
  redis.on('error', () => {});
  await eventually(async () => {
    const info = String(await redis.info('sentinel'));
    return info.includes(`slaves=1,sentinels=${SENTINELS}`) && info.includes('status=ok');
  });
  redis.disconnect();
}
