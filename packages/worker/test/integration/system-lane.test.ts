// The system lane under BullMQ's own tools, as a dashboard uses them: recovery goes on, and no job
// is lost (O6).
import { defineTask, JobStatus, local, type Job } from '@drover/core';
import { Queue as BullQueue } from 'bullmq';
import { serial } from '@drover/composite';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { testContext } from '../../../../test/kit/context.js';
import { hasStarted } from '../../../../test/kit/dispatchers.js';
import { aborted } from '../../../../test/kit/gate.js';
import { eventually } from '../../../../test/kit/wait.js';
import { dispatchersIn } from './dispatchers.js';

const context = testContext('system-lane');
const dispatchers = dispatchersIn(context);
/** Short intervals, since a reconcile pass comes with each deathInterval. */
const QUICK = { pingInterval: 100, deathInterval: 500 };

const pausesOnce = defineTask('system-lane.pausesOnce', async (value: string) =>
  local.fence > 1 ? value : await aborted(local.signal),
);
const resumed = defineTask('system-lane.resumed', async (value: unknown) =>
  local.fence > 1 ? `callback ${String(value)}` : await aborted(local.signal),
);
const echo = defineTask('system-lane.echo', (value: string) => value);

function bull(name: string): BullQueue {
  const queue = new BullQueue(name, {
    connection: { url: context.redisUrl },
    prefix: context.prefix,
  });
  queue.on('error', () => {});
  cleanUpLater(() => queue.close());
  return queue;
}

/** A job that a stop has interrupted: its handleInterrupt job is in the system lane, undecided. */
async function interruptedIn(name: string, job: Job, startedJob: Job = job): Promise<void> {
  const dispatcher = dispatchers.make(name);
  const started = hasStarted(dispatcher, startedJob);
  await context.queue(name).put(job);
  await dispatcher.activate();
  await started;
  await dispatcher.deactivate();
}

const closings: [string, (system: BullQueue) => Promise<unknown>][] = [
  ['paused', (system) => system.pause()],
  ['given a global concurrency of 0', (system) => system.setGlobalConcurrency(0)],
  ['given a rate limit', (system) => system.setGlobalRateLimit(1, 3_600_000)],
  ['rate-limited for an hour', (system) => system.rateLimit(3_600_000)],
  [
    'paused as BullMQ 5 does it, which moves its jobs into another list',
    async (system) => {
      const base = `${context.prefix}:${system.name}:`;
      await context.redis.hset(`${base}meta`, 'paused', '1');
      await context.redis.rename(`${base}wait`, `${base}paused`);
    },
  ],
];

it.each(closings)('O6 interrupts are decided while the system lane is %s', async (what, close) => {
  const name = `closed-${closings.findIndex(([which]) => which === what)}`;
  const jobs = [pausesOnce.job('a'), pausesOnce.job('b')] as const;
  await context.queue(name).put(jobs[1]);
  await interruptedIn(name, jobs[0]);
  const system = bull(`${name}/system`);
  await close(system);
  await dispatchers.start(name);
  expect(await Promise.all(jobs.map((job) => job.wait()))).toEqual(['a', 'b']);
  expect(await system.isPaused()).toBe(false);
  expect(await system.getGlobalConcurrency()).toBeNull();
});

it('O6 a lane that is paused while it is served is opened by the next interrupt', async () => {
  const name = 'while-served';
  // This dispatcher serves the queue's system lane, and none of the test's lanes.
  await dispatchers.start(name, { queues: { [name]: { gpu: { size: 1, lanes: ['gpu'] } } } });
  const system = bull(`${name}/system`);
  await system.pause();
  const job = pausesOnce.job('c');
  await interruptedIn(name, job);
  await eventually(async () => (await job.refresh()).status === JobStatus.PENDING);
  expect(await system.isPaused()).toBe(false);
});

const removals: [string, (system: BullQueue) => Promise<unknown>][] = [
  ['drained', (system) => system.drain(true)],
  ['obliterated', (system) => system.obliterate({ force: true })],
  ['cleaned', (system) => system.clean(0, 1_000, 'wait')],
  [
    'emptied job by job',
    async (system) => Promise.all((await system.getWaiting()).map((job) => job.remove())),
  ],
];

describe.each(removals)('the system lane is %s', (what, remove) => {
  const nameOf = (kind: string): string =>
    `${kind}-${removals.findIndex(([which]) => which === what)}`;

  async function emptied(name: string): Promise<void> {
    const system = bull(`${name}/system`);
    expect(await system.getWaitingCount()).toBeGreaterThan(0);
    await remove(system);
    expect(await system.getWaitingCount()).toBe(0);
  }

  it('O6 an interrupt is put back, and counted once', async () => {
    const name = nameOf('started');
    const job = pausesOnce.job('d');
    await interruptedIn(name, job);
    await emptied(name);
    await dispatchers.start(name, QUICK);
    expect(await job.wait()).toBe('d');
    expect((await job.refresh()).interruptions).toBe(1);
  });

  it('O6 the interrupts of a composite and its part are put back', async () => {
    const name = nameOf('composite');
    const part = pausesOnce.job('e');
    const whole = serial([part, echo.job('f')]);
    await interruptedIn(name, whole, part);
    await emptied(name);
    const dispatcher = await dispatchers.start(name, QUICK);
    expect(await whole.wait()).toEqual(['e', 'f']);
    expect([(await whole.refresh()).interruptions, (await part.refresh()).interruptions]).toEqual([
      1, 1,
    ]);
    expect(whole.dispatcher).toBe(dispatcher.uuid);
  });

  it('O6, J7 callbacks are resumed', async () => {
    const name = nameOf('callbacks');
    const job = echo.job('g');
    const callback = await job.addCallback(resumed.job());
    await interruptedIn(name, job, callback);
    await emptied(name);
    await dispatchers.start(name, QUICK);
    expect(await job.wait()).toBe('g');
    expect(await callback.wait()).toBe('callback g');
  });

  it('O6, O1 a cancelled job ends as cancelled', async () => {
    const name = nameOf('cancelled');
    const job = await context.queue(name).put(echo.job('h'));
    await job.cancel('not wanted');
    await emptied(name);
    await dispatchers.start(name, QUICK);
    await expect(job.wait()).rejects.toMatchObject({
      name: 'CancelledError',
      message: 'not wanted',
    });
  });
});

it('B1, O6 the job of an interrupt that was dropped as a dead letter becomes one', async () => {
  const name = 'dropped';
  const queue = context.queue(name);
  const job = pausesOnce.job('j');
  await interruptedIn(name, job);
  const interrupt = `${job.id}.interrupt.1`;
  await context.redis.hset(`${context.prefix}:${name}/system:${interrupt}`, 'data', 'damaged');
  const deadLetter = async (id: string): Promise<boolean> =>
    (await queue.deadLetters().list()).some((record) => record.id === id);
  await dispatchers.start(name, QUICK);
  await eventually(() => deadLetter(interrupt));
  await queue.deadLetters().drop(interrupt);
  await eventually(() => deadLetter(job.id));
  await queue.deadLetters().retry(job.id);
  expect(await job.wait()).toBe('j');
});

it.each(['still listed as undecided', 'listed nowhere'])(
  'B3, I6 a job whose ended interrupt a restored Redis has undone goes on (%s)',
  async (how) => {
    const name = `restored-${how.length}`;
    const queue = context.queue(name);
    const job = pausesOnce.job('k');
    await interruptedIn(name, job);
    const { redis, prefix } = context;
    const [system, interrupt] = [`${prefix}:${name}/system`, `${job.id}.interrupt.1`];
    await redis
      .multi()
      .lrem(`${system}:wait`, 0, interrupt)
      .zadd(`${system}:completed`, 1, interrupt)
      .exec();
    await redis.hset(`${system}:${interrupt}`, { finishedOn: 1, returnvalue: '"retried"' });
    const isListed = how === 'still listed as undecided';
    if (!isListed) await redis.del(`${system}:undecided`);
    await dispatchers.start(name, QUICK);
    if (!isListed) {
      await eventually(async () =>
        (await queue.deadLetters().list()).some(({ id }) => id === job.id),
      );
      await queue.deadLetters().retry(job.id);
    }
    expect(await job.wait()).toBe('k');
    expect((await job.refresh()).interruptions).toBe(1);
  },
);

it('O6 a decided interrupt is no longer listed', async () => {
  const name = 'forgotten';
  const job = pausesOnce.job('i');
  await interruptedIn(name, job);
  const undecided = `${context.prefix}:${name}/system:undecided`;
  expect(await context.redis.zcard(undecided)).toBe(1);
  await dispatchers.start(name, QUICK);
  expect(await job.wait()).toBe('i');
  await eventually(async () => (await context.redis.zcard(undecided)) === 0);
});

it('B1 a damaged or forged entry is removed', async () => {
  const name = 'forged';
  const undecided = `${context.prefix}:${name}/system:undecided`;
  const forged = JSON.stringify([
    'x.interrupt.1',
    'elsewhere:job',
    'drover.handleInterrupt',
    '[]',
    '{}',
  ]);
  await context.redis.set('elsewhere:job:lock', 'x.interrupt.1');
  cleanUpLater(async () => void (await context.redis.del('elsewhere:job:lock')));
  await context.redis.zadd(undecided, 0, forged, 0, 'no JSON', 0, '[1,2]');
  await dispatchers.start(name, QUICK);
  await eventually(async () => (await context.redis.exists(undecided)) === 0);
  expect(await context.redis.exists(`${context.prefix}:${name}/system:x.interrupt.1`)).toBe(0);
});
