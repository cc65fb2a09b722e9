// The program `drover` as a process of its own: in a pipe, used wrongly, and without a Redis.
import { defineTask } from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { wrongPassword } from '../../../../test/kit/secret.js';
import { droverIn, runProgram } from './drover.js';

const context = testContext('program');
const { prefix, redisUrl } = context;
const drover = droverIn(context);
const echo = defineTask('program.echo', (value: unknown) => value);

it('B2 in a pipe it writes plain text of 80 columns, and exits with 1 on an alarm', async () => {
  await context.queue('a-queue').put(echo.job(1));
  const { code, out, err } = await runProgram(['status', '--prefix', prefix], {
    REDIS_URL: redisUrl,
  });
  expect([code, err]).toEqual([1, '']);
  expect(out).toContain('No active agent serves the lane main of the queue a-queue');
  expect(out).not.toContain('\x1b');
  expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
});

it('B3 without a Redis it says so, exits with 1, and shows no password', async () => {
  const url = `redis://:${encodeURIComponent(wrongPassword)}@127.0.0.1:1`;
  const { code, out, err } = await runProgram(['status'], { REDIS_URL: url });
  expect([code, out]).toEqual([1, '']);
  expect(err).toMatch(/^drover: .*Redis cannot be reached: connect ECONNREFUSED/);
});

describe('B2 wrong use', () => {
  it.each([
    ['an unknown command', ['statsu'], /unknown command 'statsu'/],
    ['an unknown option', ['status', '--fast'], /unknown option '--fast'/],
    ['one argument too many', ['status', 'images'], /too many arguments/],
    ['no URL of a Redis', ['status', '--redis', 'http://x'], /must be a redis:\/\//],
    ['no command', [], /^Usage: drover/],
  ])('%s exits with 2', async (_, args, says) => {
    const { code, out, err } = await drover(args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(says);
  });

  it('an error shows no password of a URL', async () => {
    const { code, err } = await drover(['status', `--redi=redis://x:${wrongPassword}@h`]);
    expect(code).toBe(2);
    expect(err).toContain('redis://…@h');
    expect(err).not.toContain(wrongPassword);
  });
});

it('B2 help is written, and exits with 0', async () => {
  const { code, out, err } = await drover(['--help']);
  expect([code, err]).toEqual([0, '']);
  expect(out).toContain('Exit codes: 0 fine, 1 something is wrong, 2 wrong use.');
  expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
});

it('B2 colours are for terminals alone, and can be switched off', async () => {
  const styled = await drover(['status'], { columns: 100 });
  expect(styled.out).toContain('\x1b[31m');
  for (const plain of [
    await drover(['status', '--no-color'], { columns: 100 }),
    await drover(['status'], { columns: 100, env: { NO_COLOR: '1' } }),
    await drover(['status'], { columns: 100, env: { TERM: 'dumb' } }),
    await drover(['status', '--json'], { columns: 100 }),
  ])
    expect(plain.out).not.toContain('\x1b');
});
