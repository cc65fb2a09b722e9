// Installs the dependencies if node_modules is missing, or older than the lock file:
// `node scripts/install.mjs`, or ensureInstalled().
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isMain, root } from './here.mjs';

const lock = join(root, 'package-lock.json');
// npm writes it last: an installation that was cut off has none.
const installed = join(root, 'node_modules/.package-lock.json');

function isCurrent() {
  if (!existsSync(installed)) return false;
  return !existsSync(lock) || statSync(lock).mtimeMs <= statSync(installed).mtimeMs;
}

export function ensureInstalled() {
  if (isCurrent()) return;
  const command = existsSync(lock) ? 'ci' : 'install';
  console.log(`drover: npm ${command} …`);
  const options = ['--no-audit', '--no-fund', '--loglevel=error'];
  const { status, error, stdout, stderr } = spawnSync('npm', [command, ...options], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status === 0) return;
  const why = error ? `: ${error.message}` : '';
  console.error(`${stdout ?? ''}${stderr ?? ''}drover: npm ${command} failed${why}`);
  process.exit(1);
}

if (isMain(import.meta)) ensureInstalled();
