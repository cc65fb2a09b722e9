// A program that runs a private Redis for as long as its parent process lives, however that ends.
//
// The parent starts it detached, so that no signal of its terminal reaches it, and with a pipe as
// standard input. The pipe closes when the parent closes it or dies, also by SIGKILL: then this
// process ends the server and removes its folder. If the server itself dies, this process ends and
// leaves the folder, so that a test can start the server again there.
//
//   guard.js [--port N] [--dir FOLDER] [arguments of the server …] writes one line when the server
//   answers: {"port":6379,"pid":42}; ends with 127 where no server is installed
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NoServerError, startServer } from './server.js';

const NOT_INSTALLED = 127;

const args = process.argv.slice(2);
const port = option('--port');
const dir = option('--dir') ?? mkdtempSync(join(tmpdir(), 'drover-redis-'));
let server: ChildProcess | undefined;
let parentIsGone = false;

async function main(): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
  // The reader of the output may be gone.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  process.stdin.on('close', endWithParent).on('error', endWithParent).resume();
  try {
    const started = await startServer({
      dir,
      port: port === undefined ? undefined : Number(port),
      args,
    });
    server = started.child;
    server.once('exit', () => process.exit(end()));
    if (parentIsGone) server.kill('SIGKILL');
    else console.log(JSON.stringify({ port: started.port, pid: server.pid }));
  } catch (error) {
    rmSync(dir, { recursive: true, force: true });
    console.error((error as Error).message);
    process.exitCode = error instanceof NoServerError ? NOT_INSTALLED : 1;
    process.stdin.destroy();
  }
}

function endWithParent(): void {
  parentIsGone = true;
  server?.kill('SIGKILL');
}

function end(): number {
  if (parentIsGone) rmSync(dir, { recursive: true, force: true });
  return parentIsGone ? 0 : 1;
}

function option(name: string): string | undefined {
  const at = args.indexOf(name);
  return at === -1 ? undefined : args.splice(at, 2)[1];
}

void main();
