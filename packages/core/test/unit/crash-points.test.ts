// Crash points are named and counted, and do nothing unless they are armed. Each case runs in a
// process of its own.
import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROGRAM = `
  import { crashPoint } from '@drover/core/internal';
  for (let pass = 1; pass <= 3; pass++) {
    crashPoint('put.before');
    process.stdout.write(String(pass));
  }
`;

function passesUntilDeath(armed: string | undefined): { passes: number; signal: string | null } {
  const { DROVER_CRASH_POINT: _, ...env } = process.env;
  const { stdout, signal, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', PROGRAM],
    {
      cwd: dirname(fileURLToPath(import.meta.url)),
      env: { ...env, NODE_OPTIONS: '', ...(armed !== undefined && { DROVER_CRASH_POINT: armed }) },
      encoding: 'utf8',
    },
  );
  expect(stderr).toBe('');
  return { passes: stdout.length, signal };
}

it.each([
  ['not armed', undefined, 3, null],
  ['armed with an empty name', '', 3, null],
  ['not the armed one', 'put.after', 3, null],
  ['only the beginning of the armed name', 'put.before-all', 3, null],
  ['armed', 'put.before', 0, 'SIGKILL'],
  ['armed for the first pass', 'put.before#1', 0, 'SIGKILL'],
  ['armed for the third pass', 'put.before#3', 2, 'SIGKILL'],
  ['armed for a pass that never comes', 'put.before#4', 3, null],
])('a crash point that is %s', (_what, armed, passes, signal) => {
  expect(passesUntilDeath(armed)).toEqual({ passes, signal });
});
