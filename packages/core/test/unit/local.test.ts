// `local` works inside a running task only.
import { local } from '../../src/local/local.js';
import { runInContext } from '../../src/job/run-context.js';
import type { LocalContext } from '../../src/local/local-context.js';
import { NoLocalJobError } from '../../src/errors.js';

const contextOf = (fence: number): LocalContext =>
  ({
    job: { id: `job ${fence}` },
    queue: {},
    dispatcher: { uuid: 'u' },
    signal: new AbortController().signal,
    fence,
  }) as never;

const members: [string, () => unknown][] = [
  ['getJob', () => local.getJob()],
  ['getQueue', () => local.getQueue()],
  ['getDispatcher', () => local.getDispatcher()],
  ['signal', () => local.signal],
  ['fence', () => local.fence],
];

it.each(members)('%s throws outside a running task', (_name, use) => {
  expect(use).toThrow(NoLocalJobError);
  expect(use).toThrow(/inside a running task only/);
});

it('gives the values of the current run', () => {
  const context = contextOf(3);
  runInContext(context, () => {
    expect(local.getJob()).toBe(context.job);
    expect(local.getQueue()).toBe(context.queue);
    expect(local.getDispatcher()).toBe(context.dispatcher);
    expect(local.signal).toBe(context.signal);
    expect(local.fence).toBe(3);
  });
});

it('belongs to its task across each await, beside other tasks', async () => {
  const seen = async (fence: number): Promise<number[]> =>
    await runInContext(contextOf(fence), async () => {
      const fences = [local.fence];
      await Promise.resolve();
      fences.push(local.fence);
      await new Promise((resolve) => setImmediate(resolve));
      fences.push(await Promise.resolve().then(() => local.fence));
      return fences;
    });
  expect(await Promise.all([seen(1), seen(2)])).toEqual([
    [1, 1, 1],
    [2, 2, 2],
  ]);
  expect(() => local.fence).toThrow(NoLocalJobError);
});

it('a run inside a run has its own values', () => {
  runInContext(contextOf(1), () => {
    runInContext(contextOf(2), () => expect(local.fence).toBe(2));
    expect(local.fence).toBe(1);
  });
});
