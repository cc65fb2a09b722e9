// A Redis for one test file, to be killed and started again as the test likes. It ends with the
// test's process.
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startGuardedServer } from '#core/testing/redis/guarded-server';
import { cleanUpLater } from './cleanup.js';

export { freePort } from '#core/testing/redis/server';

export interface RedisServer {
  readonly url: string;
  readonly port: number;
  /** Of the server's process now running. */
  readonly pid: number;
  /** SIGKILL: as a power failure, but for what the system had already been given to write. */
  kill(): Promise<void>;
  /** Starts it again at the same port, with what it kept; kills it first where it runs. */
  restart(): Promise<void>;
  /** Ends it and removes what it kept. Happens by itself after the test file. */
  stop(): Promise<void>;
}

export interface RedisServerOptions {
  /**
   * Keep every write on disk, each before its reply (`appendfsync always`). Default: keep nothing.
   */
  appendonly?: boolean;
  /** More of redis-server's arguments, such as `['--maxmemory', '10mb']`. */
  args?: readonly string[];
}

export async function startRedis({
  appendonly = false,
  args = [],
}: RedisServerOptions = {}): Promise<RedisServer> {
  const dir = await mkdtemp(join(tmpdir(), 'drover-test-redis-'));
  const durable = appendonly ? ['--appendonly', 'yes', '--appendfsync', 'always'] : [];
  const start = (more: readonly string[]) =>
    startGuardedServer(['--dir', dir, ...more, ...durable, ...args]);
  let running = await start([]);
  const { port } = running;

  const kill = async () => {
    await running.kill();
  };
  const restart = async () => {
    await kill();
    running = await start(['--port', String(port)]);
  };
  const stop = async () => {
    await running.stop();
  };
  cleanUpLater(stop);
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    get pid() {
      return running.pid;
    },
    kill,
    restart,
    stop,
  };
}
