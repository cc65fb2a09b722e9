// `drover` in a real terminal: its width and colours, keys, questions, and what it leaves behind.
import { defineTask } from '@drover/core';
import { execFileSync } from 'node:child_process';
import { testContext } from '../../../../test/kit/context.js';
import { program } from './drover.js';
import { runInTerminal } from './pty.js';

const context = testContext('terminal');
const env = { REDIS_URL: context.redisUrl };
const inPrefix = ['--prefix', context.prefix];
const echo = defineTask('terminal.echo-with-a-name-that-is-rather-long', (value: unknown) => value);

/** What the programs after it need: lines, echo, and Ctrl-C as a signal. */
const IS_USUAL = /(?<!-)isig[^]*(?<!-)icanon[^]*(?<!-)echo\b/;

function longest(text: string): number {
  const shown = text.split('speed ')[0] ?? '';
  return Math.max(...shown.split('\n').map((line) => line.length));
}

it.each([80, 46])(
  'B2 a terminal of %i columns gets colours and no longer line',
  async (columns) => {
    await context.queue('a-queue-with-a-name-that-is-long').put(echo.job('x'.repeat(300)));
    const { code, text, raw } = await runInTerminal(['status', ...inPrefix], env, columns).ended();
    expect(code).toBe(1);
    expect(raw).toContain('\x1b[31m');
    expect(text).toContain('No active agent serves the lane');
    expect(longest(text)).toBeLessThanOrEqual(columns);
  },
);

it('D10 `top` draws again, freezes, follows, and q leaves the terminal as it was', async () => {
  const queue = context.queue('top');
  const terminal = runInTerminal(['top', '--every', '1', ...inPrefix], env);
  await terminal.shows('QUEUE');
  await queue.put(echo.job(1));
  await terminal.shows(/\btop +1\b/);
  terminal.type('f');
  await queue.pause();
  await terminal.shows('the queue top is paused');
  terminal.type('q');
  const { code, text } = await terminal.ended();
  expect(code).toBe(0);
  expect(text).toMatch(IS_USUAL);
});

it('D10 Ctrl-C ends `tail` and `top`, and leaves the terminal as it was', async () => {
  for (const [command, sign] of [
    ['tail', 'Ctrl-C ends it'],
    ['top', 'QUEUE'],
  ] as const) {
    const terminal = runInTerminal([command, ...inPrefix], env);
    await terminal.shows(sign);
    terminal.type('\x03');
    const { code, text } = await terminal.ended();
    expect([command, code]).toEqual([command, 0]);
    expect(text).toMatch(IS_USUAL);
  }
});

it('Q11 a call on many jobs asks for their number, and takes no other answer', async () => {
  const queue = context.queue('many');
  await queue.putAll([1, 2, 3].map((i) => echo.job(i)));
  for (const [answer, left] of [
    ['yes', 3],
    ['3', 0],
  ] as const) {
    const terminal = runInTerminal(['remove', 'many', '--all', ...inPrefix], env);
    await terminal.shows(/3 jobs/);
    terminal.type(`${answer}\r`);
    await terminal.ended();
    expect(await queue.length()).toBe(left);
  }
});

it('B3 without a Redis a terminal is told so, and stays as it was', async () => {
  const { code, text } = await runInTerminal(['top'], {
    REDIS_URL: 'redis://127.0.0.1:1',
  }).ended();
  expect(code).toBe(1);
  expect(text).toMatch(/drover: .*Redis cannot be reached/);
  expect(text).toMatch(IS_USUAL);
});

describe('completion', () => {
  const complete = (...words: string[]): string =>
    execFileSync(process.execPath, [program, 'complete', '--', ...words], { encoding: 'utf8' });

  it('commands, options and their values are completed', () => {
    expect(complete('st')).toMatch(/^status\t/);
    expect(complete('jobs', 'images', '--st')).toMatch(/^--status\t/m);
    expect(complete('jobs', 'images', '--status', '')).toMatch(/^completed/m);
  });

  it('the script for Bash is one that Bash reads', () => {
    const says = `source <('${process.execPath}' '${program}' complete bash); complete -p drover`;
    const said = execFileSync('bash', ['-c', says], { encoding: 'utf8' });
    expect(said).toMatch(/-F \S+ drover/);
  });
});
