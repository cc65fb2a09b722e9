// The chaos harness, run as a user runs it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { cleanUpLater } from './cleanup.js';
import { root } from './paths.js';

/** Runs `npm run chaos -- <args>`, with what is built. */
export async function chaos(
  ...args: readonly string[]
): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [join(root, 'chaos/.build/main.js'), ...args], {
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  cleanUpLater(() => void child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data) => (output += String(data)));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}
