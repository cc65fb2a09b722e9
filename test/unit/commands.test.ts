// CONTRIBUTING.md lists each command of the repository, and `npm run help` prints that list.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../kit/paths.js';

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};
const { stdout } = spawnSync(process.execPath, [join(root, 'scripts/help.mjs')], {
  encoding: 'utf8',
  env: { ...process.env, NODE_OPTIONS: '' },
});

it.each(Object.keys(scripts))('npm run help has a line for %s', (name) => {
  const command = name === 'test' ? 'npm test' : `npm run ${name}`;
  expect(stdout.split('\n').map((line) => line.split(/ {2,}| -- /)[0])).toContain(command);
});
