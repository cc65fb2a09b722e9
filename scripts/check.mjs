// Everything that must hold besides the tests; each check says its name, and its output only where it fails.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root } from './here.mjs';
import { ensureInstalled } from './install.mjs';

const bin = (name) => join(root, 'node_modules/.bin', name);

// Three rounds: the compiler reads the scripts that the first generates, and the linter reads what the compiler wrote.
const rounds = [
  [{ name: 'generated code', command: process.execPath, args: [join(root, 'scripts/lua.mjs')] }],
  [
    { name: 'a test for each rule', command: process.execPath, args: [join(root, 'scripts/rules.mjs'), '--check'] },
    { name: 'format', command: bin('prettier'), args: ['--check', '--log-level=warn', '.'] },
    { name: 'types', command: bin('tsc'), args: ['-b'] },
  ],
  [
    { name: 'lint', command: bin('eslint'), args: ['--max-warnings=0', '.'] },
    { name: 'unused code and dependencies', command: bin('knip'), args: ['--no-progress'] },
  ],
];

/** Resolves to whether the check holds. */
function check({ name, command, args }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
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
