// Builds the packages (through turbo, which skips what has not changed); buildPrograms() builds
// what runs on them.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isMain, root } from './here.mjs';
import { ensureInstalled } from './install.mjs';

export const programs = ['test', 'bench', 'chaos', 'scale', 'demo'];

/** If the tool fails, writes its output and ends this process; otherwise writes nothing. */
function run(tool, args) {
  const { status, error, stdout, stderr } = spawnSync(join(root, 'node_modules/.bin', tool), args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' },
    maxBuffer: 1 << 26,
  });
  if (status === 0) return;
  console.error(
    `${stdout ?? ''}${stderr ?? ''}drover: ${tool} failed${error ? `: ${error.message}` : ''}`,
  );
  process.exit(1);
}

export function buildPackages() {
  run('turbo', ['run', 'build', '--output-logs=errors-only', '--log-order=grouped']);
}

/**
 * Compiles test programs, benchmarks and the demo, which run as processes of their own. Their types
 * are checked by `npm run check`.
 */
export function buildPrograms(names = programs) {
  run('tsc', [
    '-b',
    '--noCheck',
    ...names.filter((name) => existsSync(join(root, name, 'tsconfig.json'))),
  ]);
}

if (isMain(import.meta)) {
  ensureInstalled();
  buildPackages();
}
