// `drover jobs`, `job`, `explain` and `tree`: jobs in lists, one with all about it, and why.
import { defineTask, local, type Job } from '@drover/core';
import { parallel, serial } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { dispatchersIn, hasStarted } from '../../../../test/kit/dispatchers.js';
import type { JobRow, JobView } from '../../src/model/job-view.js';
import type { TreeNode } from '../../src/model/tree/tree.js';
import { documentIn, droverIn } from './drover.js';

const context = testContext('jobs');
const drover = droverIn(context);
const dispatchers = dispatchersIn(context);
const echo = defineTask('jobs.echo', (value: unknown) => value);
const sums = defineTask('jobs.sums', (...jobs: unknown[]) => jobs.length);
const fails = defineTask('jobs.fails', () => {
  throw new Error('broken\x1b[2J', { cause: new TypeError('the cause') });
});
const keeps = defineTask('jobs.keeps', async () => {
  await local.once('step', () => ({ done: true }));
  await local.setLiveAnnotation('progress', 'nearly');
  return { secret: 'value' };
});
const holds = defineTask('jobs.holds', async () => {
  await new Promise((resolve) => local.signal.addEventListener('abort', resolve));
  throw local.signal.reason;
});
const returns = defineTask('jobs.returns', () => holds.job());

const queue = context.queue('work');
let dispatcher: Awaited<ReturnType<typeof dispatchers.start>>;
beforeAll(async () => {
  dispatcher = await dispatchers.start('work', { size: 4 });
});

const widest = (text: string): number => Math.max(...text.split('\n').map((line) => line.length));
const treeOf = async (job: Job, ...more: string[]): Promise<TreeNode> =>
  documentIn<TreeNode>(await drover(['tree', job.id, '--json', ...more]));
const shapeOf = ({ role, kind, task, job, children }: TreeNode): unknown => ({
  ...{ role, kind: kind ?? task, state: job?.outcome ?? job?.status },
  ...(children.length > 0 && { children: children.map(shapeOf) }),
});

describe('jobs', () => {
  const ended = fails.job();
  beforeAll(async () => {
    await queue.putAll([echo.job('a.png'), echo.job('b.png')], { lane: 'idle' });
    await (await queue.put(ended)).wait().catch(() => undefined);
  });

  it('Q1 lists pending jobs by default, as a table of 80 columns', async () => {
    const { code, out } = await drover(['jobs', 'work']);
    expect(code).toBe(0);
    expect(out).toMatch(/^ID +TASK +LANE +STATUS +SINCE\n[0-9a-f-]{36}  jobs.echo  idle  pending/);
    expect(out.trimEnd().split('\n')).toHaveLength(3);
    expect(widest(out)).toBeLessThanOrEqual(80);
  });

  it('Q1 filters by outcome, task, lane, text, time and dispatcher', async () => {
    const ids = async (...args: string[]) =>
      (await drover(['jobs', 'work', '--ids', ...args])).out.split('\n').filter(Boolean);
    expect(await ids('--failed')).toEqual([ended.id]);
    expect(await ids('--failed', '--since', '1h', '--task', 'jobs.f*')).toEqual([ended.id]);
    expect(await ids('--failed', '--until', '1h')).toEqual([]);
    expect(await ids('--failed', '--dispatcher', dispatcher.uuid.slice(0, 8))).toEqual([ended.id]);
    expect(await ids('--lane', 'idle', '--text', 'b.png')).toHaveLength(1);
    expect(await ids('--status', 'pending', 'failed', '--limit', '2')).toHaveLength(2);
    expect(await ids('--start', '1')).toHaveLength(1);
  });

  it('Q1 JSON is one record a line', async () => {
    const { out } = await drover(['jobs', 'work', '--json', '--failed']);
    expect(out.split('\n')).toHaveLength(2);
    expect(JSON.parse(out) as JobRow).toMatchObject({
      ...{ id: ended.id, task: 'jobs.fails', queue: 'work', lane: 'main', status: 'completed' },
      ...{ outcome: 'failed', attempts: 1, interruptions: 0, dispatcher: dispatcher.uuid },
    });
  });

  it.each([
    ['a bad time', ['--since', 'soon'], /--since takes 10m/],
    ['a bad number', ['--limit', '0'], /--limit takes a whole number, from 1/],
    ['a bad status', ['--status', 'gone'], /Allowed choices are new, pending/],
    ['two statuses', ['--failed', '--status', 'new'], /either --failed or --status/],
    ['a bad name of a queue', ['--lane', 'a:b'], /may not contain/],
  ])('B2 %s exits with 2', async (_, args, says) => {
    const { code, out, err } = await drover(['jobs', 'work', ...args]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(says);
  });

  it('B2 no such dispatcher exits with 1', async () => {
    const { code, err } = await drover(['jobs', 'work', '--dispatcher', '0']);
    expect([code, err]).toEqual([1, expect.stringMatching(/there is no dispatcher 0/)]);
  });
});

describe('job', () => {
  it('O4, O5 shows all about a job, in whichever queue it is', async () => {
    const job = await queue.put(keeps.job(), { meta: { tenant: 'a' }, priority: 3 });
    await job.addCallback(echo.job());
    await job.wait();
    const view = documentIn<JobView>(await drover(['job', job.id, '--json']));
    expect(view).toMatchObject({
      ...{ id: job.id, task: 'jobs.keeps', queue: 'work', lane: 'main', agent: 'main' },
      ...{ status: 'completed', outcome: 'succeeded', attempts: 1, args: [] },
      ...{
        value: { secret: 'value' },
        annotations: { progress: 'nearly' },
        once: { step: { done: true } },
      },
      ...{ options: { priority: 3 }, meta: { tenant: 'a' }, onceCount: 1 },
      callbacks: [{ task: 'jobs.echo', queue: 'work' }],
      why: { reason: 'completed' },
    });
    const { code, out } = await drover(['job', job.id]);
    expect(code).toBe(0);
    expect(out).toMatch(/^status +completed, succeeded$/m);
    expect(out).toMatch(/^started +20\d\d-.*ago\)$/m);
    expect(out).toMatch(/^once +{"step":{"done":true}}$/m);
    expect(widest(out)).toBeLessThanOrEqual(80);
    const redacted = await drover(['job', job.id, '--redact', '--json']);
    expect(redacted.out).not.toContain('secret');
    expect(redacted.out).not.toContain('nearly');
  });

  it('J3, B2 a failure is shown with its causes, and no escape of it reaches the terminal', async () => {
    const job = await queue.put(fails.job());
    await job.wait().catch(() => undefined);
    const { out } = await drover(['job', job.id], { columns: 80 });
    expect(out).toContain('Error: broken\\x1b[2J');
    expect(out).toMatch(/caused by.*TypeError: the cause/);
    expect(out).not.toContain('\x1b[2J');
    expect(out.split('\n').filter((line) => line.replace(/\x1b\[\d+m/g, '').length > 80)).toEqual(
      [],
    );
  });

  it('B2 a job that is nowhere exits with 1, and what is no id with 2', async () => {
    const gone = await drover(['job', '01900000-0000-7000-8000-000000000000']);
    expect([gone.code, gone.out]).toEqual([1, '']);
    expect(gone.err).toMatch(/there is no job 01900000.* in any queue/);
    expect((await drover(['job', 'mine'])).code).toBe(2);
    expect((await drover(['job', 'mine', '--queue', 'a:b'])).code).toBe(2);
  });
});

it('O4 explain says the sentence and the advice of queue.explain', async () => {
  const job = await queue.put(echo.job(1), { beginAfter: 3_600_000 });
  const why = await queue.explain(job.id);
  const { code, out } = await drover(['explain', job.id]);
  expect(code).toBe(0);
  expect(out.replaceAll('\n', ' ').trim()).toBe(`${why.sentence} ${why.advice}`);
  expect(documentIn(await drover(['explain', job.id, '--json']))).toEqual(
    JSON.parse(JSON.stringify(why)),
  );
});

it('O4 explain says of a job that is gone what has become of it, where its queue is known', async () => {
  const job = await queue.put(echo.job(1), { lane: 'idle' });
  await queue.remove(job);
  expect((await drover(['explain', job.id])).code).toBe(1);
  const { code, out } = await drover(['explain', job.id, '--queue', 'work']);
  expect(code).toBe(0);
  expect(out).toContain('is not in the queue `work`');
});

describe('tree', () => {
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
            part('jobs.echo', 'succeeded'),
            part('jobs.fails', 'failed'),
            part('jobs.echo', 'succeeded'),
            { role: 'postprocess', kind: 'jobs.sums', state: 'succeeded' },
          ],
        },
        part('jobs.holds', 'active'),
        part('jobs.echo', 'new'),
      ],
    });
    const { out } = await drover(['tree', whole.id]);
    const lines = out.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^serial \S{36} active \[######\.+\] 1\/3$/);
    expect(lines[1]).toMatch(/^├─ parallel/);
    expect(lines[2]).toMatch(/^│  ├─ jobs.fails \S{36} failed Error: broken/);
    expect(lines.at(-1)).toMatch(/^└─ jobs.echo/);
    expect(widest(out)).toBeLessThanOrEqual(80);
    await whole.cancel();
  });

  it('C1 shows the parts of a composite that has not begun', async () => {
    const whole = parallel([echo.job(1), serial([echo.job(2)])], { postprocess: sums.job() });
    await queue.put(whole, { lane: 'idle' });
    expect(shapeOf(await treeOf(whole))).toEqual({
      ...{ role: 'root', kind: 'parallel', state: 'pending' },
      children: [
        { role: 'part', kind: 'jobs.echo' },
        { role: 'part', kind: 'serial', children: [{ role: 'part', kind: 'jobs.echo' }] },
        { role: 'postprocess', kind: 'jobs.sums' },
      ],
    });
    expect((await drover(['tree', whole.id])).out).toContain('jobs.echo');
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
    expect(tree.children.find(({ failure }) => failure)?.task).toBe('jobs.fails');
    expect(tree.children.some(({ id }) => id === hold.id)).toBe(true);
    expect(tree.children.length + tree.hidden).toBe(52);
    expect(tree.children.length).toBeLessThanOrEqual(20);
    const { out } = await drover(['tree', whole.id, '--most', '4']);
    expect(out.split('\n')[1]).toContain('jobs.fails');
    expect(out).toMatch(/└─ … \d+ more parts\n$/);
    await whole.cancel();
  });

  it('J5, J7 shows the job that a task has returned, and callbacks', async () => {
    const job = returns.job();
    await job.addCallback(sums.job());
    const waits = new Promise<string>((resolve) => {
      dispatcher.on('started', ({ job: begun }) => {
        if (begun.task === 'jobs.holds') resolve(begun.id);
      });
    });
    await queue.put(job);
    const inner = await waits;
    const tree = await treeOf(job);
    expect(tree.children.map(({ role, id, task }) => [role, id, task])).toEqual([
      ['returned', inner, 'jobs.holds'],
      ['callback', expect.any(String), 'jobs.sums'],
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
});
