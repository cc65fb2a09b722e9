// The command `drover` on a real terminal: its width, its colours, its questions and its keys.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { defineTask } from '@drover/core';
import { testContext } from '../kit/context.js';
import { root } from '../kit/paths.js';
import { caught } from '../kit/secret.js';

const context = testContext('terminal');
const { prefix, redisUrl } = context;
const echo = defineTask('terminal.echo', (value: unknown) => value);
const program = join(root, 'packages/monitor/dist/cli/drover.js');

interface Shown {
  code: number | null;
  text: string;
}

/**
 * Runs it in a terminal of 60 columns, which `script` of Debian's bsdutils makes.
 * @param types by a text: what the user types once that is shown
 */
function inTerminal(args: readonly string[], types: readonly [on: string, typed: string][] = []) {
  const command = `stty cols 60 rows 20; exec ${process.execPath} ${program} ${args.join(' ')}`;
  const env = { ...process.env, NODE_OPTIONS: '', REDIS_URL: redisUrl, TERM: 'xterm' };
  const child = spawn('script', ['-qec', `${command} --prefix '${prefix}'`, '/dev/null'], { env });
  const left = [...types];
  let text = '';
  child.stdout.on('data', (data: Buffer) => {
    text += data.toString();
    const [next] = left;
    if (!next || !text.includes(next[0])) return;
    left.shift();
    child.stdin.write(next[1]);
  });
  return new Promise<Shown>((resolve) =>
    child.on('close', (code) => {
      caught(text);
      resolve({ code, text });
    }),
  );
}

const linesIn = (text: string): string[] =>
  text.replace(/\x1b\[[\d;]*[A-Za-z]/g, '').split(/\r?\n/);

beforeAll(async () => {
  await context.queue('a-queue').putAll([echo.job('\x1b[2J'), echo.job(2)]);
});

it('B2 status has colours, and fits the terminal', async () => {
  const { code, text } = await inTerminal(['status']);
  expect(code).toBe(1);
  expect(text).toContain('\x1b[31m! No active agent serves');
  expect(Math.max(...linesIn(text).map((line) => line.length))).toBeLessThanOrEqual(60);
});

it('B2 an escape in arguments does nothing', async () => {
  const [job] = await context.queue('a-queue').jobs();
  const { text } = await inTerminal(['job', job?.id ?? '']);
  expect(text).not.toContain('\x1b[2J');
  expect(text).toContain('u001b[2J');
});

it('Q11 a change of many jobs asks for their number', async () => {
  const args = ['cancel', 'a-queue', '--task', "'terminal.*'"];
  const no = await inTerminal(args, [['Type 2', 'no\r']]);
  expect(no.code).toBe(2);
  const ended = await inTerminal(args, [['Type 2', '\x03']]);
  expect(ended.code).not.toBe(0);
  expect((await context.queue('a-queue').counts()).pending).toBe(2);
  const yes = await inTerminal(args, [['Type 2', '2\r']]);
  expect([yes.code, linesIn(yes.text).at(-2)]).toEqual([0, '2 jobs cancelled.']);
});

it.each([
  ['q', 'q'],
  ['Ctrl-C', '\x03'],
])('B2 top is drawn until %s is pressed', async (_, key) => {
  const { code, text } = await inTerminal(['top'], [['alarm', key]]);
  expect(code).toBe(0);
  expect(text).toContain('\x1b[H\x1b[2J');
});
