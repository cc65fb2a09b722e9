// A Redis for one test file, to be killed and started again as the test likes. It ends with the
// test's process.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleanUpLater } from './cleanup.js';
import { redisGuard } from './paths.js';

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

interface Running {
  guard: ChildProcess;
  ended: Promise<unknown>;
  port: number;
  pid: number;
}

export async function startRedis({
  appendonly = false,
  args = [],
}: RedisServerOptions = {}): Promise<RedisServer> {
  const dir = await mkdtemp(join(tmpdir(), 'drover-test-redis-'));
  const durable = appendonly ? ['--appendonly', 'yes', '--appendfsync', 'always'] : [];
  const start = (more: readonly string[]) =>
    startGuard(['--dir', dir, ...more, ...durable, ...args]);
  let running = await start([]);
  const { port } = running;

  const kill = async () => {
    if (isRunning(running.guard)) process.kill(running.pid, 'SIGKILL');
    await running.ended;
  };
  const restart = async () => {
    await kill();
    running = await start(['--port', String(port)]);
  };
  const stop = async () => {
    running.guard.stdin?.end();
    await running.ended;
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

/** A port that nobody listens on: for what a server wants besides its own. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function startGuard(args: readonly string[]): Promise<Running> {
  const guard = spawn(process.execPath, [redisGuard, ...args], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const ended = once(guard, 'close');
  let log = '';
  guard.stderr.on('data', (data) => (log += String(data)));
  const failed = ended.then((): never => {
    throw new Error(`no Redis server: ${log}`);
  });
  const [line] = (await Promise.race([once(guard.stdout, 'data'), failed])) as [Buffer];
  failed.catch(() => {}); // it ends some day
  const { port, pid } = JSON.parse(line.toString()) as { port: number; pid: number };
  return { guard, ended, port, pid };
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}
