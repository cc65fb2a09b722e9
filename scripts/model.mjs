// Proves the models of the protocol (docs/protocol) with Spin: `npm run model [-- name of a
// model]`.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installPackages } from './apt.mjs';
import { root } from './here.mjs';
import { runs } from './models.mjs';

/** The memory of one run, in MB. A run that needs more has proved less than it should. */
const MEMORY = 2_000;

const [only] = process.argv.slice(2);
const wanted = runs.filter(({ model }) => only === undefined || model === only);
if (wanted.length === 0)
  giveUp(`there is no model ${only}: ${[...new Set(runs.map(({ model }) => model))].join(', ')}`);
if (
  !areThere() &&
  !(installPackages('Spin and C compiler', 'spin', 'gcc', 'libc6-dev') && areThere())
) {
  giveUp(
    'no Spin and C compiler found: install spin (Debian has it; https://spinroot.com) and gcc',
  );
}

const folder = mkdtempSync(join(tmpdir(), 'drover-model-'));
try {
  console.log(
    '| model | with | property | states | seconds | MB | result |\n' +
      '| --- | --- | --- | ---: | ---: | ---: | --- |',
  );
  // All models run, so that the table is complete even with an error in it.
  const results = wanted.map(prove);
  process.exitCode = results.every(Boolean) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function areThere() {
  return [
    ['spin', '-V'],
    ['cc', '--version'],
  ].every(([name, arg]) => spawnSync(name, [arg]).status === 0);
}

/** Whether the result is right: an error in a mutant, and no error in the model itself. */
function prove({ model, define, mustHold, live = false, isShort = false }) {
  copyFileSync(join(root, 'docs/protocol', `${model}.pml`), join(folder, 'model.pml'));
  must('spin', ['-a', ...define.map((name) => `-D${name}`), 'model.pml']);
  const checks = live ? ['-DNFAIR=3'] : ['-DSAFETY', '-DNOCLAIM'];
  // To optimize the program of a short run, such as that of a mutant, takes longer than to run it.
  const how = ['-w', isShort ? '-O0' : '-O2', '-DCOLLAPSE', `-DMEMLIM=${MEMORY}`];
  must('cc', [...how, ...checks, '-o', 'pan', 'pan.c']);
  const { stdout } = spawnSync(
    join(folder, 'pan'),
    ['-m2000000', ...(live ? ['-a', '-f', '-N', 'live'] : [])],
    {
      cwd: folder,
      encoding: 'utf8',
    },
  );
  const found = (pattern) => pattern.exec(stdout)?.[1];
  const errors = found(/errors: (\d+)/);
  const error = found(/^pan:\d+: (.*) \(at depth/m);
  // A run that ran out of memory or depth has proved nothing.
  const isWhole =
    errors !== undefined && !/Search not completed|max search depth too small/.test(stdout);
  const holds = mustHold ? isWhole && errors === '0' : Number(errors) > 0;
  const result = errors === '0' ? 'no error' : (error ?? 'not finished');
  const columns = [
    model,
    define.map((name) => `\`${name}\``).join(' '),
    live ? '`live`' : 'safety',
    Number(found(/(\d+) states, stored/) ?? 0).toLocaleString('en'),
    found(/elapsed time ([\d.e+-]+)/) ?? '',
    Math.round(Number(found(/([\d.]+)\ttotal actual memory/) ?? 0)),
    `${holds ? '✓' : '✗'} ${result}`,
  ];
  console.log(`| ${columns.join(' | ')} |`);
  return holds;
}

function must(command, args) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) giveUp(`${command} ${args.join(' ')} failed:\n${stdout}${stderr}`);
}

function giveUp(line) {
  console.error(`drover: ${line}`);
  process.exit(1);
}
