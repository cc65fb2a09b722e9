// A Redis of a scenario's own: nobody else's commands are among what it measures, and no memory but its own is counted.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** It ends with us, however we end. */
const GUARD = fileURLToPath(new URL('../../scripts/redis-guard.mjs', import.meta.url));

export interface PrivateRedis {
  url: string;
  stop(): Promise<void>;
}

/** @throws Error where no server is installed, or where it does not start */
export async function startPrivateRedis(): Promise<PrivateRedis> {
  const guard = spawn(process.execPath, [GUARD], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const ended = once(guard, 'close');
  let log = '';
  guard.stderr.on('data', (data) => (log += String(data)));
  const failed = ended.then((): never => {
    throw new Error(`no Redis server: ${log.trim()}`);
  });
  const [line] = (await Promise.race([once(guard.stdout, 'data'), failed])) as [Buffer];
  failed.catch(() => {}); // it ends some day
  const { port } = JSON.parse(line.toString()) as { port: number };
  const stop = async (): Promise<void> => {
    guard.stdin.end();
    await ended;
  };
  return { url: `redis://127.0.0.1:${port}`, stop };
}
