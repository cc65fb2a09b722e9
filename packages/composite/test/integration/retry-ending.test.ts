// A composite that is retried while some of its parts are still ending: they run again when they
// have ended (O3).
import { defineTask, type Job } from '@drover/core';
import { waitForStart, waitForStatus } from '@drover/core/testing';
import { parallel, serial } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { gate } from '../../../../test/kit/gate.js';
import { eventually } from '../../../../test/kit/wait.js';
import { give, startDispatcher } from './dispatchers.js';
import { flakyTasks } from './flaky-tasks.js';

const context = testContext('composite-retry-ending');
const queue = context.queue('ending');
beforeAll(async () => {
  await startDispatcher(context, 'ending', 5);
});
const tasks = flakyTasks('retryEnding');
const { flaky, steady, runs } = tasks;

const stop = { onFailure: 'stop' } as const;
let { opened, open } = gate();
beforeEach(() => {
  ({ opened, open } = gate());
});
/** A callback that runs until the test opens it. */
const waits = defineTask('retryEnding.waits', (result: unknown) =>
  opened.then(() => String(result)),
);

/** Adds that callback to a part. */
async function withCallback(job: Job): Promise<Job> {
  await job.addCallback(waits.job());
  return job;
}

/** Resolves when the job waits for the parts that are ending. */
async function isWaiting({ id }: Job): Promise<void> {
  await eventually(() => context.redis.zscore(`${context.prefix}:ending:waiting-children`, id));
}

it.each([
  ['serial', serial],
  ['parallel', parallel],
] as const)(
  'O3, J7 %s waits for an abandoned part whose callback still runs',
  async (name, compose) => {
    const last = await withCallback(steady.job('last') as Job);
    const parts = [
      flaky.job('first'),
      last.with(name === 'parallel' ? { beginAfter: 3_600_000 } : {}),
    ] as Job[];
    const album = await queue.put(compose(parts, stop));
    await expect(album.wait()).rejects.toThrow('first is not ready');
    await waitForStatus(last, 'callbacks');
    tasks.heal();
    await album.retry();
    await isWaiting(album);
    expect(runs.get('last')).toBeUndefined();
    open();
    if (name === 'parallel')
      await eventually(async () => (await last.refresh()).status === 'pending');
    else expect(await album.wait({ timeout: 10_000 })).toEqual(['first', 'last']);
    expect(await queue.deadLetters().list()).toEqual([]);
    if (name === 'parallel') await album.cancel();
  },
);

it('O3, O1 a cancelled part whose callback still runs is waited for', async () => {
  const held = gate();
  const holds = defineTask('retryEnding.holds', async () => {
    if (tasks.isFailing) await held.opened;
    return 'held';
  });
  const part = await withCallback(holds.job() as Job);
  const album = await queue.put(parallel([part, give.job(1)] as Job[]));
  await waitForStart(part);
  await album.cancel('away');
  await expect(album.wait()).rejects.toThrow('away');
  await waitForStatus(part, 'callbacks');
  tasks.heal();
  held.open();
  await album.retry();
  await isWaiting(album);
  open();
  expect(await album.wait({ timeout: 10_000 })).toEqual(['held', 1]);
});

it('O3, C3 two parts of an inner composite that still end are waited for', async () => {
  const [one, two] = [
    await withCallback(steady.job('one') as Job),
    await withCallback(steady.job('two') as Job),
  ];
  const inner = serial([flaky.job('inner') as Job, one, two], stop);
  const album = await queue.put(serial([inner, give.job('end')] as Job[], stop));
  await expect(album.wait()).rejects.toThrow('inner is not ready');
  for (const job of [one, two]) await waitForStatus(job, 'callbacks');
  tasks.heal();
  await album.retry();
  await isWaiting(inner);
  open();
  expect(await album.wait({ timeout: 10_000 })).toEqual([['inner', 'one', 'two'], 'end']);
  expect(Object.fromEntries(runs)).toEqual({ inner: 2, one: 1, two: 1 });
});

it('O3, I2 when its dispatcher stops meanwhile, the next one goes on', async () => {
  const name = 'interrupted';
  const other = context.queue(name);
  const dispatcher = await startDispatcher(context, name);
  const last = await withCallback(steady.job('last') as Job);
  const album = await other.put(serial([flaky.job('first') as Job, last], stop));
  await expect(album.wait()).rejects.toThrow('first is not ready');
  await waitForStatus(last, 'callbacks');
  tasks.heal();
  await album.retry();
  await eventually(() =>
    context.redis.zscore(`${context.prefix}:${name}:waiting-children`, album.id),
  );
  await dispatcher.deactivate();
  open();
  await startDispatcher(context, name);
  expect(await album.wait({ timeout: 10_000 })).toEqual(['first', 'last']);
});

it('O3, B1 a dead-letter part is dropped at the stop, and made anew by the retry', async () => {
  const gated = defineTask('retryEnding.gated', async () => {
    if (!tasks.isFailing) return 'good';
    await opened;
    throw new Error('as told');
  });
  const [first, damaged] = [gated.job(), give.job('damaged').with({ beginAfter: 1_500 })];
  const callback = await damaged.addCallback(
    defineTask('retryEnding.any', (result: unknown) => String(result)).job(),
  );
  const album = await queue.put(parallel([first, damaged] as Job[], stop));
  await eventually(async () => (await damaged.refresh()).status === 'pending');
  await context.redis.hset(`${context.prefix}:ending:${damaged.id}`, 'data', 'damaged');
  await eventually(async () => (await queue.deadLetters().list()).length === 1);
  open();
  await expect(album.wait()).rejects.toThrow('as told');
  expect(await queue.deadLetters().list()).toEqual([]);
  expect(await queue.get(damaged.id)).toBeUndefined();
  await expect(callback.wait({ timeout: 5_000 })).rejects.toMatchObject({
    code: 'DROVER_BAD_STATUS',
  });
  expect(await context.redis.keys(`*${callback.id}*`)).toEqual([]);
  tasks.heal();
  await album.retry();
  expect(await album.wait({ timeout: 10_000 })).toEqual(['good', 'damaged']);
});
