// Copies of Drover's packages, as npm installs them where two dependants ask for them apart: each
// in a node_modules of its own.
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleanUpLater } from './cleanup.js';
import { root } from './paths.js';

/**
 * Makes a folder with `a/node_modules` and `b/node_modules`, each with a copy of core and worker.
 * @param versionOfB of the copy in b; default: that of the other one
 * @returns the folder, which is removed after the test file
 */
export async function packageCopies(versionOfB?: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'drover-copies-'));
  cleanUpLater(() => rm(folder, { recursive: true }));
  // Everything else is found in the common folder above.
  await mkdir(join(folder, 'node_modules'));
  for (const name of await readdir(join(root, 'node_modules'))) {
    if (name.startsWith('.') || name === '@drover') continue;
    await symlink(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  }
  for (const [copy, version] of [['a'], ['b', versionOfB]] as const) {
    for (const name of ['core', 'worker']) {
      const target = join(folder, copy, 'node_modules/@drover', name);
      for (const part of ['dist', 'package.json'])
        await cp(join(root, 'packages', name, part), join(target, part), { recursive: true });
      if (version !== undefined) await setVersion(join(target, 'dist/entry/first.js'), version);
    }
  }
  return folder;
}

async function setVersion(file: string, version: string): Promise<void> {
  const code = await readFile(file, 'utf8');
  const changed = code.replace(/(firstCopy\('[^']+', ')[^']+/, `$1${version}`);
  if (changed === code) throw new Error(`${file} names no version`);
  await writeFile(file, changed);
}
