// `drover tree`: a composite with its parts, and all other jobs that belong to a job.
import { defineTask, local, type Job } from '@drover/core';
import { parallel, serial } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { dispatchersIn, hasStarted } from '../../../../test/kit/dispatchers.js';
import type { TreeNode } from '../../src/model/tree/tree.js';
import { documentIn, droverIn, widest } from './drover.js';

const context = testContext('tree');
const drover = droverIn(context);
const dispatchers = dispatchersIn(context);
const echo = defineTask('tree.echo', (value: unknown) => value);
const sums = defineTask('tree.sums', (...jobs: unknown[]) => jobs.length);
const fails = defineTask('tree.fails', () => {
  throw new Error('broken');
});
const holds = defineTask('tree.holds', async () => {
  await new Promise((resolve) => local.signal.addEventListener('abort', resolve));
  throw local.signal.reason;
});
const returns = defineTask('jobs.returns', () => holds.job());

const queue = context.queue('work');
let dispatcher: Awaited<ReturnType<typeof dispatchers.start>>;
beforeAll(async () => {
  dispatcher = await dispatchers.start('work', { size: 4 });
});

const treeOf = async (job: Job, ...more: string[]): Promise<TreeNode> =>
  documentIn<TreeNode>(await drover(['tree', job.id, '--json', ...more]));
const shapeOf = ({ role, kind, task, job, children }: TreeNode): unknown => ({
  ...{ role, kind: kind ?? task, state: job?.outcome ?? job?.status },
  ...(children.length > 0 && { children: children.map(shapeOf) }),
});

it('C1 shows a composite as it was written: a serial in order, failures of others first', async () => {
  const hold = holds.job();
  const begun = hasStarted(dispatcher, hold);
  const whole = serial([
    parallel([echo.job(1), fails.job(), echo.job(2)], { postprocess: sums.job() }),
    hold,
    echo.job('last'),
  ]);
  await queue.put(whole);
  await begun;
  const part = (kind: string, state: string) => ({ role: 'part', kind, state });
  expect(shapeOf(await treeOf(whole))).toEqual({
    ...{ role: 'root', kind: 'serial', state: 'active' },
    children: [
      {
        ...{ role: 'part', kind: 'parallel', state: 'succeeded' },
        children: [
          part('tree.echo', 'succeeded'),
          part('tree.fails', 'failed'),
          part('tree.echo', 'succeeded'),
          { role: 'postprocess', kind: 'tree.sums', state: 'succeeded' },
        ],
      },
      part('tree.holds', 'active'),
      part('tree.echo', 'new'),
    ],
  });
  const { out } = await drover(['tree', whole.id]);
  const lines = out.trimEnd().split('\n');
  expect(lines[0]).toMatch(/^serial \S{36} active \[######\.+\] 1\/3$/);
  expect(lines[1]).toMatch(/^├─ parallel/);
  expect(lines[2]).toMatch(/^│  ├─ tree.fails \S{36} failed Error: broken/);
  expect(lines.at(-1)).toMatch(/^└─ tree.echo/);
  expect(widest(out)).toBeLessThanOrEqual(80);
  await whole.cancel();
});

it('C1 shows the parts of a composite that has not begun', async () => {
  const whole = parallel([echo.job(1), serial([echo.job(2)])], { postprocess: sums.job() });
  await queue.put(whole, { lane: 'idle' });
  expect(shapeOf(await treeOf(whole))).toEqual({
    ...{ role: 'root', kind: 'parallel', state: 'pending' },
    children: [
      { role: 'part', kind: 'tree.echo' },
      { role: 'part', kind: 'serial', children: [{ role: 'part', kind: 'tree.echo' }] },
      { role: 'postprocess', kind: 'tree.sums' },
    ],
  });
  expect((await drover(['tree', whole.id])).out).toContain('tree.echo');
});

it('C5 collapses many parts: those that failed and that are active are shown', async () => {
  const hold = holds.job();
  const begun = hasStarted(dispatcher, hold);
  const parts = [...Array.from({ length: 50 }, (_, i) => echo.job(i)), fails.job(), hold];
  const whole = parallel(parts);
  await queue.put(whole);
  await begun;
  await whole.jobs[50]?.wait().catch(() => undefined);
  const tree = await treeOf(whole);
  expect(tree.progress).toMatchObject({ parts: 52, failed: 1 });
  expect(tree.children.find(({ failure }) => failure)?.task).toBe('tree.fails');
  expect(tree.children.some(({ id }) => id === hold.id)).toBe(true);
  expect(tree.children.length + tree.hidden).toBe(52);
  expect(tree.children.length).toBeLessThanOrEqual(20);
  const { out } = await drover(['tree', whole.id, '--most', '4']);
  expect(out.split('\n')[1]).toContain('tree.fails');
  expect(out).toMatch(/└─ … \d+ more parts\n$/);
  await whole.cancel();
});

it('J5, J7 shows the job that a task has returned, and callbacks', async () => {
  const job = returns.job();
  await job.addCallback(sums.job());
  const waits = new Promise<string>((resolve) => {
    dispatcher.on('started', ({ job: begun }) => {
      if (begun.task === 'tree.holds') resolve(begun.id);
    });
  });
  await queue.put(job);
  const inner = await waits;
  const tree = await treeOf(job);
  expect(tree.children.map(({ role, id, task }) => [role, id, task])).toEqual([
    ['returned', inner, 'tree.holds'],
    ['callback', expect.any(String), 'tree.sums'],
  ]);
  await job.cancel();
});

it('C1 --watch shows it again until it has ended', async () => {
  const hold = holds.job();
  const begun = hasStarted(dispatcher, hold);
  const whole = await queue.put(parallel([hold]));
  await begun;
  let looks = 0;
  const ran = await drover(['tree', whole.id, '--watch', '--json'], {
    onOut: () => {
      if (looks++ === 0) void whole.cancel();
    },
  });
  const states = ran.out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as TreeNode);
  expect(states[0]?.job?.status).toBe('active');
  expect(states.at(-1)?.job).toMatchObject({ status: 'completed', outcome: 'failed' });
});
