// Packs the built packages as npm publishes them, and checks that they load with their types in
// every kind of project: publint and arethetypeswrong must find nothing.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMain, root } from './here.mjs';

/** Packs all packages into a folder; returns the paths of the tarballs. */
export function packPackages(folder) {
  run('npm', [
    'pack',
    '--workspace=packages/core',
    '--workspace=packages/worker',
    '--workspace=packages/composite',
    '--workspace=packages/monitor',
    `--pack-destination=${folder}`,
  ]);
  return readdirSync(folder)
    .filter((name) => name.endsWith('.tgz'))
    .map((name) => join(folder, name));
}

/** @throws Error with the program's output where it fails */
function run(command, args) {
  const options = { cwd: root, encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } };
  const { status, stdout, stderr, error } = spawnSync(command, args, options);
  if (status !== 0)
    throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? ''}\n${stdout}${stderr}`);
}

if (isMain(import.meta)) {
  const folder = mkdtempSync(join(tmpdir(), 'drover-pack-'));
  try {
    for (const tarball of packPackages(folder)) {
      run(join(root, 'node_modules/.bin/publint'), ['--strict', tarball]);
      run(join(root, 'node_modules/.bin/attw'), ['--format=ascii', tarball]);
    }
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
