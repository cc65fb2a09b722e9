// Lays out a folder as of someone who has installed the packages from their tarballs, beside tools
// and the packages' own dependencies. Nothing there knows of this repository.
import { cp, mkdir, mkdtemp, readdir, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { root } from '../../scripts/here.mjs';
import { packPackages } from '../../scripts/packages.mjs';

export default async function setUp() {
  const folder = await mkdtemp(join(tmpdir(), 'drover-load-'));
  process.env.DROVER_LOAD_FOLDER = folder;
  const modules = join(folder, 'node_modules');
  await mkdir(join(modules, '@drover'), { recursive: true });
  // uuid is no dependency of what is published.
  const hidden = new Set(['@drover', 'uuid']);
  for (const name of await readdir(join(root, 'node_modules'))) {
    if (name.startsWith('.') || hidden.has(name)) continue;
    await symlink(join(root, 'node_modules', name), join(modules, name));
  }
  const tarballs = join(folder, 'tarballs');
  await mkdir(tarballs);
  for (const tarball of packPackages(tarballs)) {
    const [, name] = /^drover-(\w+)-/.exec(basename(tarball));
    const target = join(modules, '@drover', name);
    await mkdir(target);
    const { status, stderr } = spawnSync('tar', [
      'xzf',
      tarball,
      '-C',
      target,
      '--strip-components=1',
    ]);
    if (status !== 0) throw new Error(`tar could not unpack ${tarball}: ${stderr}`);
  }
  await cp(join(root, 'test/load/projects'), folder, { recursive: true });
}
