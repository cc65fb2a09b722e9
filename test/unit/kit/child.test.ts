// `npm test` looks through all that the tests write for their passwords (B2). Here some are
// written, and found.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../../kit/paths.js';

const SECRET = 'planted-0123456789';

/** Runs a program as `npm test` runs jest. */
function run(program: string): { status: number | null; stdout: string; stderr: string } {
  const module = pathToFileURL(join(root, 'scripts/child.mjs')).href;
  const runner = `import { runChild } from ${JSON.stringify(module)};
    process.exit(await runChild(['-e', ${JSON.stringify(program)}], process.env, '${SECRET}'));`;
  const env = { ...process.env, NODE_OPTIONS: '' };
  return spawnSync(process.execPath, ['--input-type=module', '-e', runner], {
    env,
    encoding: 'utf8',
    maxBuffer: 1 << 24,
  });
}

const parts = JSON.stringify([SECRET.slice(0, 7), SECRET.slice(7)]);

it.each([
  ['to standard output', `console.log('redis://user:${SECRET}@host')`],
  ['to standard error', `console.error('redis://user:${SECRET}@host')`],
  ['encoded for an URL', `console.log(encodeURIComponent('a/@:${SECRET}:%'))`],
  ['as JSON', `console.log(JSON.stringify({ a: JSON.stringify({ b: '"${SECRET}"' }) }))`],
  [
    'in two writes',
    `const [a, b] = ${parts}; process.stdout.write(a); setTimeout(() => process.stdout.write(b), 200)`,
  ],
  [
    'by a child',
    `require('child_process').execFileSync('echo', ['${SECRET}'], { stdio: 'inherit' })`,
  ],
  [
    'behind a megabyte',
    `process.stdout.write('é'.repeat(1 << 20) + '${SECRET}' + 'x'.repeat(1 << 20))`,
  ],
])('B2 a password that is written %s is found, and the run has failed', (_how, program) => {
  const { status, stderr } = run(program);
  expect(status).toBe(1);
  expect(stderr).toMatch(/drover: a password was written 1 times, first here \(B2\): .*\*\*\*…/);
});

it('B2 the output and the exit status of a program without a password stay as they are', () => {
  const program = `console.log('out é'); console.error('err'); process.exitCode = 3`;
  expect(run(program)).toMatchObject({ status: 3, stdout: 'out é\n', stderr: 'err\n' });
  expect(run(`process.kill(process.pid, 'SIGKILL')`).status).toBe(137);
});

it('B2 a failure of the program stays one', () => {
  expect(run(`console.log('${SECRET}'); process.exitCode = 5`).status).toBe(5);
});
