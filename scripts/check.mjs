// Checks everything that must hold besides the tests. Each check writes its name, and its output
// only if it fails.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root } from './here.mjs';
import { ensureInstalled } from './install.mjs';

const bin = (name) => join(root, 'node_modules/.bin', name);

const sources = ['packages', 'test', 'chaos', 'bench', 'scale', 'demo'];

// Three rounds: the compiler of the tests reads the packages that the first round builds, and the
// linter reads the compiler's output.
const rounds = [
  [{ name: 'build', command: process.execPath, args: [join(root, 'scripts/build.mjs')] }],
  [
    {
      name: 'a test for each rule',
      command: process.execPath,
      args: [join(root, 'scripts/rules.mjs'), '--check'],
    },
    { name: 'format', command: bin('prettier'), args: ['--check', '--log-level=warn', '.'] },
    { name: 'types', command: bin('tsc'), args: ['-b'] },
  ],
  [
    { name: 'lint', command: bin('eslint'), args: ['--max-warnings=0', '.'] },
    {
      name: 'rooms: no circle, no import from an upper room',
      command: bin('depcruise'),
      args: ['--config', '.dependency-cruiser.mjs', ...sources],
    },
    { name: 'unused code and dependencies', command: bin('knip'), args: ['--no-progress'] },
    {
      name: 'packages load, with types',
      command: process.execPath,
      args: [join(root, 'scripts/packages.mjs')],
    },
  ],
];

/** Resolves to whether the check succeeds. */
function check({ name, command, args }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data) => (output += data));
    child.on('error', (error) => (output += error.message));
    child.on('close', (code) => {
      console.log(code === 0 ? `✓ ${name}` : `✗ ${name}\n${output}`);
      resolve(code === 0);
    });
  });
}

ensureInstalled();
let holds = true;
for (const round of rounds) {
  const results = await Promise.all(round.map(check));
  holds &&= results.every(Boolean);
}
process.exitCode = holds ? 0 : 1;
