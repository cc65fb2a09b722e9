// A crash between any two steps of the protocol: a process that dies at a named point, and what the
// next ones make of it.
import { parallel, serial, type Composite } from '@drover/composite';
import type { Job } from '@drover/core';
import type { CrashPoint } from '@drover/core/internal';
import { waitForResult } from '@drover/core/testing';
import { endsByJob, expectEndedOnce } from '../kit/events.js';
import { newUuid, testContext } from '../kit/context.js';
import { lastUnlessNightly } from '../kit/nightly.js';
import { startProgram } from '../kit/process.js';
import { startSurvivor } from '../kit/survivor.js';
import { echo, fail, fanOut, neverEnds, normal, pauseOnce, sum } from '../kit/tasks.js';
import { eventually } from '../kit/wait.js';
import { startWorker, type WorkerProcess } from '../kit/worker.js';

const context = testContext('crash-points');
let queues = 0;

const intervals = { pingInterval: 100, deathInterval: 500 };

function worker(queue: string, uuid: string, crashPoint?: string): WorkerProcess {
  return startWorker(
    { prefix: context.prefix, uuid, queues: { [queue]: { main: { size: 2 } } }, ...intervals },
    crashPoint,
  );
}

const survivor = (queue: string, uuid: string) =>
  startSurvivor(context, queue, { uuid, ...intervals });

/** A job, and composites of each kind, with their parts. */
function workload(): { tops: Job[]; all: Job[]; results: unknown[] } {
  const single = echo.job('single');
  const inOrder = serial([normal.job(), normal.job()], { postprocess: sum.job() });
  const atOnce = parallel([normal.job(), serial([normal.job(), echo.job(1)])]);
  const tops = [single, inOrder, atOnce];
  const inner = [...inOrder.jobs, inOrder.postprocess as Job, ...atOnce.jobs];
  return { tops, all: [...tops, ...inner], results: ['single', 50, [25, [25, 1]]] };
}

async function expectResults(tops: readonly Job[], results: readonly unknown[]): Promise<void> {
  const got = [];
  for (const job of tops) got.push(await waitForResult(job, { timeout: 20_000 }));
  expect(got).toEqual(results);
}

const whileRunning: CrashPoint[] = [
  'claim.before',
  'claim.after',
  'run.before-commit',
  'commit.after',
  'schedule.before',
  'schedule.after-chunk',
  'schedule.before-suspend',
  'schedule.after-suspend',
];

/** Where what is left behind differs most: a claim, an end, half a schedule, a job that waits. */
const withSibling = new Set<CrashPoint>([
  'claim.after',
  'commit.after',
  'schedule.after-chunk',
  'schedule.after-suspend',
]);

describe.each(whileRunning)('a crash at %s', (point) => {
  // The first is that of the single job, or of the first composite; the third that of a part or of
  // the nested one.
  it.each(lastUnlessNightly([1, 3]))(
    'on its pass %i: every job ends exactly once, after a restart',
    async (pass) => {
      const name = `running-${++queues}`;
      const uuid = newUuid();
      const { tops, all, results } = workload();
      await context.queue(name).putAll(tops);
      const crashing = worker(name, uuid, `${point}#${pass}`);
      const { signal } = await crashing.program.exited;
      expect(signal).toBe('SIGKILL');
      const next = await survivor(name, uuid);
      await expectResults(tops, results);
      await expectEndedOnce(context, name, all);
      await next.stop();
    },
  );

  if (!withSibling.has(point)) return;
  it('every job ends exactly once, with a sibling', async () => {
    const name = `sibling-${++queues}`;
    const { tops, all, results } = workload();
    await context.queue(name).putAll(tops);
    const crashing = worker(name, newUuid(), point);
    await crashing.program.exited;
    const sibling = await survivor(name, newUuid());
    await expectResults(tops, results);
    await expectEndedOnce(context, name, all);
    await sibling.stop();
  });
});

it('I2 a crash between two chunks of a schedule that is made anew in each run: the next run schedules its own', async () => {
  const name = `chunks-${++queues}`;
  const uuid = newUuid();
  const job = await context.queue(name).put(fanOut.job(1_500));
  const crashing = worker(name, uuid, 'schedule.after-chunk');
  expect((await crashing.program.exited).signal).toBe('SIGKILL');
  const next = await survivor(name, uuid);
  await expectResults([job], [1_500]);
  expect(await context.queue(name).length()).toBe(0);
  expect(await context.queue(name).jobs({ status: 'active' })).toEqual([]);
  await next.stop();
});

/**
 * A job that succeeds, one that fails and a composite, each with callbacks, of which one has a
 * callback itself.
 */
async function callbacksWorkload(): Promise<{ tops: Job[]; all: Job[]; callbacks: Job[] }> {
  const part = normal.job();
  const tops: Job[] = [echo.job('single'), fail.job(), serial([part, normal.job()])];
  const callbacks: Job[] = [await part.addCallback(echo.job())];
  for (const top of tops) {
    const [first, second] = [
      await top.addCallback(echo.job()),
      await top.addCallback(serial([normal.job()])),
    ];
    callbacks.push(
      first,
      second,
      await first.addCallback(echo.job()),
      await top.addCallbacks({ success: echo.job() }),
    );
  }
  return { tops, callbacks, all: [...tops, ...(tops[2] as Composite).jobs, ...callbacks] };
}

async function expectCallbacksRan(
  name: string,
  { tops, all, callbacks }: Awaited<ReturnType<typeof callbacksWorkload>>,
) {
  const results = [];
  for (const job of tops)
    results.push(
      await waitForResult(job, { timeout: 20_000 }).catch((error: Error) => error.message),
    );
  expect(results).toEqual(['single', 'as told', [25, 25]]);
  for (const callback of callbacks) expect((await callback.refresh()).status).toBe('completed');
  await expectEndedOnce(context, name, all);
}

/** How often the workload passes each point, at least. */
const withCallbacks: [CrashPoint, number[]][] = [
  ['callbacks.before-result', [1, 3, 5]],
  ['commit.after', [2, 5, 8]],
  ['claim.after', [2, 5, 8]],
  ['run.before-commit', [2, 5, 8]],
];

describe.each(withCallbacks)('a crash at %s, with callbacks', (point, passes) => {
  it.each(lastUnlessNightly(passes))(
    'J7 on its pass %i: each callback runs to success, each job ends, exactly once',
    async (pass) => {
      const name = `callbacks-${++queues}`;
      const uuid = newUuid();
      const workload = await callbacksWorkload();
      await context.queue(name).putAll(workload.tops);
      const crashing = worker(name, uuid, `${point}#${pass}`);
      expect((await crashing.program.exited).signal).toBe('SIGKILL');
      const next = await survivor(name, uuid);
      await expectCallbacksRan(name, workload);
      await next.stop();
    },
  );
});

describe.each<[CrashPoint, number]>([
  ['resume-callbacks.before', 1],
  // It had become the owner of the job: its own death is one more.
  ['resume-callbacks.after', 2],
])('a crash at %s', (point, interruptions) => {
  it('I1, J7 the job is resumed once, and ends exactly once', async () => {
    const name = `resuming-${++queues}`;
    const uuid = newUuid();
    const job = echo.job(1);
    const callback = await job.addCallback(pauseOnce.job(4));
    await context.queue(name).put(job);
    const first = worker(name, uuid);
    await first.event('started', 'test.pauseOnce');
    await first.end('SIGKILL');
    const resuming = worker(name, uuid, point);
    expect((await resuming.program.exited).signal).toBe('SIGKILL');
    const next = await survivor(name, uuid);
    await expectResults([job, callback], [1, 4]);
    expect((await job.refresh()).interruptions).toBe(interruptions);
    await expectEndedOnce(context, name, [job, callback]);
    await eventually(async () => (await context.queue(name).length()) === 0);
    await next.stop();
  });
});

const whileStopping: CrashPoint[] = [
  'interrupt.after-cleaning',
  'interrupt.after-interrupt',
  'interrupt.before-deactivated',
];

describe.each(whileStopping)('a crash at %s', (point) => {
  it('I6 of a dispatcher that stops cleanly: the next start interrupts the rest', async () => {
    const name = `stopping-${++queues}`;
    const uuid = newUuid();
    const jobs = await context.queue(name).putAll([pauseOnce.job(1), pauseOnce.job(2)]);
    const stopping = worker(name, uuid, point);
    await stopping.event('started', undefined, 2);
    // A stop before that would end its activation, and with it the program.
    await stopping.event('activated');
    await stopping.end('SIGTERM');
    expect((await stopping.program.exited).signal).toBe('SIGKILL');
    const next = await survivor(name, uuid);
    await expectResults(jobs, [1, 2]);
    for (const job of jobs) expect((await job.refresh()).interruptions).toBe(1);
    await expectEndedOnce(context, name, jobs);
    await next.stop();
  });

  it('I6, I7 of a sibling that cleans up after a death: a third one finishes it, and counts nothing twice', async () => {
    const name = `cleaning-${++queues}`;
    const jobs = await context.queue(name).putAll([pauseOnce.job(1), pauseOnce.job(2)]);
    const dead = worker(name, newUuid());
    await dead.event('started', undefined, 2);
    // It serves another queue: what it cleans up, it does not run.
    const cleaner = worker(`${name}-other`, newUuid(), point);
    await cleaner.event('activated');
    await dead.end('SIGKILL');
    expect((await cleaner.program.exited).signal).toBe('SIGKILL');
    const third = await survivor(name, newUuid());
    await expectResults(jobs, [1, 2]);
    for (const job of jobs) expect((await job.refresh()).interruptions).toBe(1);
    await expectEndedOnce(context, name, jobs);
    await third.stop();
  });
});

const whileHandling: CrashPoint[] = [
  'activate.after-epoch',
  'handle-interrupt.before-decision',
  'handle-interrupt.after-decision',
];

describe.each(whileHandling)('a crash at %s', (point) => {
  it('I3, I7 the interrupt is decided once, by the next start', async () => {
    const name = `handling-${++queues}`;
    const uuid = newUuid();
    const job = await context.queue(name).put(pauseOnce.job(4));
    const first = worker(name, uuid);
    await first.event('started');
    await first.end('SIGKILL');
    const handling = worker(name, uuid, point);
    expect((await handling.program.exited).signal).toBe('SIGKILL');
    const next = await survivor(name, uuid);
    await expectResults([job], [4]);
    await expectEndedOnce(context, name, [job]);
    // The interrupt's own job may end after the job that it let run.
    await eventually(async () => (await context.queue(name).length()) === 0);
    await next.stop();
  });
});

/**
 * A composite of which one part runs, one has ended and the others wait, in various ways; with
 * callbacks.
 */
async function cancelWorkload(): Promise<{ top: Composite; rest: Job[]; callbacks: Job[] }> {
  const waits = [
    normal.job().with({ lane: 'nobody' }),
    normal.job().with({ beginAfter: 3_600_000 }),
  ];
  const row = serial([neverEnds.job(), normal.job()]);
  const top = parallel([normal.job(), row, ...waits], { postprocess: sum.job() as Job });
  const callbacks = [
    await top.addCallback(echo.job()),
    await (waits[1] as Job).addCallback(echo.job()),
  ];
  return { top, callbacks, rest: [row, ...row.jobs, top.postprocess as Job, ...waits] };
}

async function expectCancelled(
  name: string,
  { top, rest, callbacks }: Awaited<ReturnType<typeof cancelWorkload>>,
) {
  for (const job of [top, ...rest]) {
    const end = waitForResult(job, { timeout: 20_000 });
    await expect(end).rejects.toMatchObject({ name: 'CancelledError', message: 'as told' });
  }
  // What has callbacks waits for them, and a death then is an interrupt.
  for (const job of rest.slice(0, -2)) expect((await job.refresh()).interruptions).toBe(0);
  // They give back the failure that they got.
  for (const callback of callbacks)
    await expect(waitForResult(callback)).rejects.toThrow('as told');
  expect(await waitForResult(top.jobs[0] as Job)).toBe(25);
  await expectEndedOnce(
    context,
    name,
    [top, ...top.jobs, ...rest].filter(({ options }) => options.lane === undefined),
  );
  await eventually(async () => (await context.queue(name).length()) === 0);
  await eventually(
    async () => (await context.queue(name).jobs({ status: ['new', 'active'] })).length === 0,
  );
}

/** The workload under way in a worker. */
async function cancelling(name: string) {
  const workload = await cancelWorkload();
  await context.queue(name).put(workload.top);
  const owner = worker(name, newUuid());
  await owner.event('started', neverEnds.name);
  await waitForResult(workload.top.jobs[0] as Job);
  return { workload, owner };
}

describe.each<CrashPoint>(['cancel.before-end', 'cancel.after-part', 'cancel.after-end'])(
  'a crash at %s',
  (point) => {
    it('O1 the whole tree ends once, by the next start', async () => {
      const name = `cancelled-${++queues}`;
      const uuid = newUuid();
      const { workload, owner } = await cancelling(name);
      // Paused, it does not end the cancel itself; nor is it found dead, since nobody else is
      // there.
      process.kill(owner.program.pid, 'SIGSTOP');
      await workload.top.cancel('as told');
      await owner.end('SIGKILL');
      const ending = worker(name, uuid, point);
      expect((await ending.program.exited).signal).toBe('SIGKILL');
      const next = await survivor(name, uuid);
      await expectCancelled(name, workload);
      await next.stop();
    });
  },
);

it.each<CrashPoint>(['cancel.after-take'])(
  'a crash at %s: O1 the process that cancels dies: the whole tree ends all the same, once',
  async (point) => {
    const name = `canceller-${++queues}`;
    const { workload, owner } = await cancelling(name);
    const options = { prefix: context.prefix, queue: name, cancel: workload.top.id };
    const env = { PRODUCER_OPTIONS: JSON.stringify(options), DROVER_CRASH_POINT: point };
    expect((await startProgram('producer', { env }).exited).signal).toBe('SIGKILL');
    await expectCancelled(name, workload);
    // Its run was told, and has stopped.
    await owner.event('reassigned', neverEnds.name);
    await owner.end('SIGTERM');
  },
);

it('O1 the owner dies right after the cancel by another process: the tree ends once', async () => {
  const name = `owner-${++queues}`;
  const { workload, owner } = await cancelling(name);
  const env = {
    PRODUCER_OPTIONS: JSON.stringify({
      prefix: context.prefix,
      queue: name,
      cancel: workload.top.id,
    }),
  };
  expect((await startProgram('producer', { env }).exited).code).toBe(0);
  await owner.end('SIGKILL');
  const next = await survivor(name, newUuid());
  await expectCancelled(name, workload);
  await next.stop();
});

describe('a producer', () => {
  it.each([
    ['add-callback.before', 0],
    ['add-callback.after', 1],
  ])('J7 that dies at %s has added %i callbacks, which end exactly once', async (point, count) => {
    const name = `adding-${++queues}`;
    const env = {
      PRODUCER_OPTIONS: JSON.stringify({ prefix: context.prefix, queue: name, withCallback: true }),
      DROVER_CRASH_POINT: point,
    };
    expect((await startProgram('producer', { env }).exited).signal).toBe('SIGKILL');
    const next = await survivor(name, newUuid());
    const [job] = (await context
      .queue(name)
      .jobs({ status: ['pending', 'active', 'completed'] })) as [Job];
    await expectResults([job], ['put']);
    const ends = await endsByJob(context, name);
    expect([...ends.values()]).toEqual(Array<number>(count + 1).fill(1));
    await next.stop();
  });

  it.each([
    ['put.before', 0],
    ['put.after', 1],
  ])('Q1 that dies at %s has put %i jobs, which end exactly once', async (point, count) => {
    const name = `putting-${++queues}`;
    const env = {
      PRODUCER_OPTIONS: JSON.stringify({ prefix: context.prefix, queue: name }),
      DROVER_CRASH_POINT: point,
    };
    const producer = startProgram('producer', { env });
    expect((await producer.exited).signal).toBe('SIGKILL');
    const queue = context.queue(name);
    const jobs = await queue.jobs();
    expect(jobs).toHaveLength(count);
    const next = await survivor(name, newUuid());
    await expectResults(
      jobs,
      jobs.map(() => 'put'),
    );
    await expectEndedOnce(context, name, jobs);
    await next.stop();
  });
});
