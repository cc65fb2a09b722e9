// `drover jobs`, `job` and `explain`: jobs in lists, one with all about it, and why.
import { defineTask, local } from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { dispatchersIn } from '../../../../test/kit/dispatchers.js';
import type { JobRow, JobView } from '../../src/model/job-view.js';
import { documentIn, droverIn, widest } from './drover.js';

const context = testContext('jobs');
const drover = droverIn(context);
const dispatchers = dispatchersIn(context);
const echo = defineTask('jobs.echo', (value: unknown) => value);
const fails = defineTask('jobs.fails', () => {
  throw new Error('broken\x1b[2J', { cause: new TypeError('the cause') });
});
const keeps = defineTask('jobs.keeps', async () => {
  await local.once('step', () => ({ done: true }));
  await local.setLiveAnnotation('progress', 'nearly');
  return { secret: 'value' };
});

const queue = context.queue('work');
let dispatcher: Awaited<ReturnType<typeof dispatchers.start>>;
beforeAll(async () => {
  dispatcher = await dispatchers.start('work', { size: 4 });
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
