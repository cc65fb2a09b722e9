// Starts a private Redis or Valkey server on 127.0.0.1, and waits until it answers. It writes
// nothing to disk unless the arguments say so.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';

const PROGRAMS = ['redis-server', 'valkey-server'];
/** Another process may take the free port before the server does. */
const ATTEMPTS = 5;
/** Ms between two pings of a server that has not started yet. */
const PING_INTERVAL = 10;
const LOG_LENGTH = 4_000;

/** No server program is installed here. */
export class NoServerError extends Error {}

interface ServerOptions {
  /** The folder of its files. */
  dir: string;
  /** Default: a free one. */
  port: number | undefined;
  /** More of the server's arguments. */
  args: readonly string[];
}

/**
 * @throws NoServerError where neither `$REDIS_SERVER` nor PATH leads to a program; Error with the
 *   server's log where it does not start
 */
export async function startServer(options: ServerOptions): Promise<{
  child: ChildProcess;
  port: number;
}> {
  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await freePort());
    const { child, log } = await start({ ...options, port });
    if (child) return { child, port };
    if (attempt === ATTEMPTS || options.port !== undefined)
      throw new Error(`the server did not start:\n${log}`);
  }
}

async function start({ dir, port, args }: ServerOptions & { port: number }): Promise<{
  child?: ChildProcess;
  log: string;
}> {
  const child = await spawnFirst([
    ...['--port', String(port), '--bind', '127.0.0.1', '--dir', dir],
    ...['--save', '', '--appendonly', 'no', ...args],
  ]);
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (data) => (log = `${log}${String(data)}`.slice(-LOG_LENGTH)));
  const ended = once(child, 'close').then(() => false);
  return (await Promise.race([ended, answers(port, child)])) ? { child, log } : { log };
}

async function spawnFirst(args: readonly string[]): Promise<ChildProcess> {
  const { REDIS_SERVER: own } = process.env;
  const programs = own ? [own] : PROGRAMS;
  for (const program of programs) {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    try {
      await once(child, 'spawn');
      return child;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT')
        throw new Error(`${program} cannot be started: ${message}`, { cause: error });
    }
  }
  throw new NoServerError(
    own
      ? `there is no program at $REDIS_SERVER (${own})`
      : `none of ${PROGRAMS.join(', ')} is on PATH`,
  );
}

/**
 * Pings the server until it answers `+PONG` or asks for a password. A refused connection or
 * `-LOADING` means that it has not started yet.
 */
async function answers(port: number, child: ChildProcess): Promise<boolean> {
  while (child.exitCode === null && child.signalCode === null) {
    if (/^(\+PONG|-NOAUTH)/.test(await ask(port))) return true;
    await new Promise((resolve) => setTimeout(resolve, PING_INTERVAL));
  }
  return false;
}

async function ask(port: number): Promise<string> {
  return await new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.once('data', (data) => {
      resolve(String(data));
      socket.destroy();
    });
    socket.once('error', () => resolve(''));
    socket.once('close', () => resolve(''));
  });
}

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
