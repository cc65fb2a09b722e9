// A private Redis under a guard: a process of its own, which ends the server with this process.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { NoServerError } from './server.js';

export { NoServerError };

/** The exit code of a guard that has found no server program. */
const NOT_INSTALLED = 127;

export interface GuardedServer {
  readonly port: number;
  /** Of the server's process. */
  readonly pid: number;
  /** SIGKILL: as a power failure. The folder stays, for a server that is started there again. */
  kill(): Promise<void>;
  /** Ends the server, and removes its folder. */
  stop(): Promise<void>;
}

/**
 * Starts a server on 127.0.0.1. It does not keep this process alive.
 * @param args `--port` (default: a free one), `--dir` (default: a new folder), and more of the
 *   server's arguments
 * @throws NoServerError where no server program is found; Error where it does not start
 */
export async function startGuardedServer(args: readonly string[]): Promise<GuardedServer> {
  const guard = spawn(process.execPath, [guardFile(), ...args], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const ended = once(guard, 'close');
  let log = '';
  guard.stderr.on('data', (data) => (log += String(data)));
  const failed = ended.then((): never => {
    throw guard.exitCode === NOT_INSTALLED ? new NoServerError(log.trim()) : new Error(log.trim());
  });
  const [line] = (await Promise.race([once(guard.stdout, 'data'), failed])) as [Buffer];
  failed.catch(() => {}); // it ends some day
  letProcessEnd(guard);
  const { port, pid } = JSON.parse(line.toString()) as { port: number; pid: number };
  return {
    port,
    pid,
    async kill() {
      guard.ref();
      if (guard.exitCode === null && guard.signalCode === null) process.kill(pid, 'SIGKILL');
      await ended;
    },
    async stop() {
      guard.ref();
      guard.stdin.end();
      await ended;
    },
  };
}

function guardFile(): string {
  // An ES module has no __dirname: this is such a bundle.
  const file = typeof __dirname === 'string' ? join(__dirname, 'guard.js') : undefined;
  if (file !== undefined && existsSync(file)) return file;
  throw new Error(
    '@drover/core/testing was bundled without guard.js: leave @drover/* out (as externals)',
  );
}

function letProcessEnd(guard: ChildProcess): void {
  guard.unref();
  // Pipes are sockets.
  for (const pipe of [guard.stdin, guard.stdout, guard.stderr])
    (pipe as unknown as Socket | null)?.unref();
}
