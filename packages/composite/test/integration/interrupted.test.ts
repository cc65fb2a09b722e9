// Composites whose dispatcher stops: they go on where they were, or their policy aborts them (I2,
// I3).
import {
  AbortedError,
  defineRetryPolicy,
  defineTask,
  JobStatus,
  local,
  NeverRetry,
  Queue,
  retry,
  type Job,
  type RetryDecision,
} from '@drover/core';
import { parallel, serial } from '@drover/composite';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { testContext } from '../../../../test/kit/context.js';
import { eventually } from '../../../../test/kit/wait.js';
import { abortAlways } from '../../../../test/kit/tasks.js';
import { gather, give, startDispatcher } from './dispatchers.js';

const context = testContext('composite-interrupted');
const runs = new Map<string, number>();
const noteRun = (name: string): void => void runs.set(name, (runs.get(name) ?? 0) + 1);
beforeEach(() => runs.clear());

/** Its first run lasts until its signal is aborted. */
const pausesOnce = defineTask('interrupted.pausesOnce', async (name: string) => {
  noteRun(name);
  const { signal, fence } = local;
  if (fence > 1) return name;
  if (!signal.aborted)
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  throw signal.reason;
});
const fails = defineTask('interrupted.fails', () => {
  throw new Error(`run ${local.fence}`);
});
const noted = defineTask('interrupted.noted', (name: string) => {
  noteRun(name);
  return name;
});

describe.each([
  ['serial', serial],
  ['parallel', parallel],
])('%s', (kind, compose) => {
  it('I2 a composite and its running part are interrupted, the outer first', async () => {
    const name = `goes-on-${kind}`;
    const queue = context.queue(name);
    const [done, paused, last] = [noted.job('done'), pausesOnce.job('paused'), noted.job('last')];
    const album = await queue.put(compose([done, paused, last], { postprocess: gather.job() }));
    const first = await startDispatcher(context, name, 1);
    await eventually(() => runs.get('paused') === 1);
    await done.wait();
    await first.deactivate();

    expect((await queue.jobs()).slice(0, 2).map(({ args }) => (args[0] as Job).id)).toEqual([
      album.id,
      paused.id,
    ]);
    expect([(await album.refresh()).status, (await paused.refresh()).status]).toEqual([
      JobStatus.ACTIVE,
      JobStatus.ACTIVE,
    ]);
    await startDispatcher(context, name, 1);
    expect(await album.wait()).toEqual([
      ['interrupted.noted', 'completed', 'done'],
      ['interrupted.pausesOnce', 'completed', 'paused'],
      ['interrupted.noted', 'completed', 'last'],
    ]);
    expect(Object.fromEntries(runs)).toEqual({ done: 1, paused: 2, last: 1 });
    await Promise.all([album.refresh(), paused.refresh(), done.refresh()]);
    expect([album.interruptions, paused.interruptions, done.interruptions]).toEqual([1, 1, 0]);
    expect(await queue.length()).toBe(0);
  });

  it('I3 a policy that aborts the composite removes the rest of it from the queue', async () => {
    const name = `aborted-${kind}`;
    const queue = context.queue(name);
    const paused = pausesOnce.job('paused');
    const album = compose([paused, noted.job('later')], { postprocess: noted.job('postprocess') });
    await queue.put(album, { retryPolicy: abortAlways });
    const first = await startDispatcher(context, name, 1);
    await eventually(() => runs.get('paused') === 1);
    await first.deactivate();
    await startDispatcher(context, name, 1);
    await expect(album.wait()).rejects.toMatchObject({
      name: AbortedError.name,
      code: 'DROVER_ABORTED',
    });
    // A part may start before the decision; then it ends by itself, or is aborted.
    await eventually(
      async () => (await queue.jobs({ status: ['new', 'pending', 'active'] })).length === 0,
    );
    expect(await queue.length()).toBe(0);
    expect(runs.get('postprocess')).toBeUndefined();
  });
});

it('I2 a composite whose parts have not started is interrupted, and waits on', async () => {
  const queue = context.queue('waiting');
  const part = give.job('part').with({ beginAfter: 600_000 });
  const album = await queue.put(parallel([part]));
  const first = await startDispatcher(context, 'waiting');
  await eventually(async () => (await part.refresh()).status === JobStatus.PENDING);
  await first.deactivate();
  await album.refresh();
  expect([album.status, album.interruptions]).toEqual([JobStatus.ACTIVE, 1]);
  const [handler] = (await queue.jobs()) as [Job];
  await startDispatcher(context, 'waiting');
  expect(['goes on waiting', 'retried']).toContain(await handler.wait());
  expect((await album.refresh()).status).not.toBe(JobStatus.COMPLETED);
});

/** A composite that waits for a part, both interrupted; its policy gives this answer. */
async function interruptedLater(
  name: string,
  answer: () => RetryDecision,
): Promise<{ album: Job; part: Job }> {
  const retryPolicy = defineRetryPolicy(`interrupted.${name}`, {
    jobError: () => false,
    commitError: () => false,
    interrupted: answer,
  });
  const part = pausesOnce.job(name);
  const album = await context.queue(name).put(parallel([part]), { retryPolicy });
  const first = await startDispatcher(context, name);
  await eventually(() => runs.get(name) === 1);
  await first.deactivate();
  await album.refresh();
  expect([album.status, album.interruptions]).toEqual([JobStatus.ACTIVE, 1]);
  return { album, part };
}

it.each<[string, () => RetryDecision]>([
  ['a delay', () => 500],
  ['a date', () => new Date(Date.now() + 500)],
])('I3 retried later, with %s, a waiting composite does not end before', async (what, answer) => {
  const name = `later-${what.replace(' ', '-')}`;
  const { album } = await interruptedLater(name, answer);
  const before = Date.now();
  await startDispatcher(context, name);
  expect(await album.wait()).toEqual([name]);
  expect(Date.now()).toBeGreaterThanOrEqual(before + 500);
  expect(runs.get(name)).toBe(2);
});

it('I3 retried later, a composite is active meanwhile, and its parts run', async () => {
  const { album, part } = await interruptedLater('much-later', () => 600_000);
  await startDispatcher(context, 'much-later');
  expect(await part.wait()).toBe('much-later');
  const delayed = `${context.prefix}:much-later:delayed`;
  await eventually(() => context.redis.zscore(delayed, album.id));
  expect((await album.refresh()).status).toBe(JobStatus.ACTIVE);
  expect(await context.queue('much-later').jobs()).toEqual([]);
});

it("R1 the queue's default policy holds for parts and postprocess", async () => {
  const queue = new Queue('defaults', {
    connection: context.redisUrl,
    prefix: context.prefix,
    defaultJobOptions: { retryPolicy: retry({ attempts: 3 }) },
  });
  cleanUpLater(() => queue.close());
  await startDispatcher(context, 'defaults');
  const parts = [fails.job(), fails.job().with({ retryPolicy: NeverRetry })];
  const album = await queue.put(serial(parts, { postprocess: fails.job() }));
  await expect(album.wait()).rejects.toThrow('run 3');
  await Promise.all(parts.map((part) => part.refresh()));
  expect(parts.map(({ result }) => String(result))).toEqual(['Error: run 3', 'Error: run 1']);
});
