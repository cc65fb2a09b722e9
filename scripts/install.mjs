// Brings node_modules up to the lock file, where it is missing or older. `node scripts/install.mjs`
// or ensureInstalled().
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isMain, root } from './here.mjs';

const lock = join(root, 'package-lock.json');
const installed = join(root, 'node_modules/.package-lock.json'); // npm writes it last: half an install has none

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
  console.error(
    `${stdout ?? ''}${stderr ?? ''}drover: npm ${command} failed${error ? `: ${error.message}` : ''}`,
  );
  process.exit(1);
}

if (isMain(import.meta)) ensureInstalled();
