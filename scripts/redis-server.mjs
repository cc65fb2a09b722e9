// Starts a private Redis or Valkey server on 127.0.0.1, and waits until it answers. It writes
// nothing to disk unless the arguments say so.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

const programs = ['redis-server', 'valkey-server'];

/** No server program is installed here. */
export class NoServerError extends Error {}

/** @returns {Promise<{ child: import('node:child_process').ChildProcess, port: number }>} */
export async function startServer({ dir, port, args = [] }) {
  // Another process may take the free port before the server does: then a second attempt is made.
  for (let attempt = 1; ; attempt++) {
    const chosen = port ?? (await freePort());
    const started = await start(dir, chosen, args);
    if (started.child !== undefined) return { child: started.child, port: chosen };
    if (attempt === 5 || port !== undefined)
      throw new Error(`the server did not start:\n${started.log}`);
  }
}

async function start(dir, port, args) {
  const options = [
    '--port',
    port,
    '--bind',
    '127.0.0.1',
    '--dir',
    dir,
    '--save',
    '',
    '--appendonly',
    'no',
    ...args,
  ];
  const child = await spawnFirst(programs, options.map(String));
  let log = '';
  child.stdout.on('data', (data) => (log = `${log}${data}`.slice(-4_000)));
  const ended = once(child, 'exit').then(() => false);
  return (await Promise.race([ended, answers(port, child)])) ? { child, log } : { log };
}

async function spawnFirst(names, args) {
  for (const name of names) {
    const child = spawn(name, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      await once(child, 'spawn');
      return child;
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
  }
  throw new NoServerError(`none of ${names.join(', ')} is on PATH`);
}

/**
 * Pings the server until it answers `+PONG` or asks for a password. A refused connection or
 * `-LOADING` means that it has not started yet.
 */
async function answers(port, child) {
  while (child.exitCode === null && child.signalCode === null) {
    if (/^(\+PONG|-NOAUTH)/.test(await ask(port))) return true;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return false;
}

function ask(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.once('data', (data) => socket.destroy() && resolve(String(data)));
    socket.once('error', () => resolve(''));
    socket.once('close', () => resolve(''));
  });
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
