// A process dies at a crash point, between two steps of the protocol, and the next process goes on
// with its jobs. The tests run side by side, each with a queue and UUIDs of its own.
import { parallel, serial, type Composite } from '@drover/composite';
import type { Job } from '@drover/core';
import type { CrashPoint } from '../kit/store.js';
import { waitForResult } from '@drover/core/testing';
import { endsByJob, expectEndedOnce } from '../kit/events.js';
import { newUuid } from '../kit/context.js';
import { eachPass } from '../kit/nightly.js';
import { startProgram } from '../kit/process.js';
import { openScene, type Scene } from '../kit/scene.js';
import { echo, fail, fanOut, neverEnds, normal, pauseOnce, sum } from '../kit/tasks.js';
import { eventually } from '../kit/wait.js';

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

/** These leave the most different states: a claim, an end, half a schedule, a job that waits. */
const withSibling: CrashPoint[] = [
  'claim.after',
  'commit.after',
  'schedule.after-chunk',
  'schedule.after-suspend',
];

// Pass 1 is that of the single job or of the first composite, pass 3 that of a part or of the
// nested composite.
it.concurrent.each(eachPass(whileRunning.map((point) => [point, [1, 3]])))(
  'I1 each job ends once after a crash at %s, pass %i, and a restart',
  async (point, pass) => {
    const scene = openScene('running');
    const name = 'q';
    const uuid = newUuid();
    const { tops, all, results } = workload();
    await scene.queue(name).putAll(tops);
    const crashing = scene.worker(name, uuid, `${point}#${pass}`);
    const { signal } = await crashing.program.exited;
    expect(signal).toBe('SIGKILL');
    const next = await scene.survivor(name, uuid);
    await expectResults(tops, results);
    await expectEndedOnce(scene, name, all);
    await next.stop();
  },
);

it.concurrent.each(withSibling)(
  'I1 each job ends once after a crash at %s, with a sibling',
  async (point) => {
    const scene = openScene('sibling');
    const name = 'q';
    const { tops, all, results } = workload();
    await scene.queue(name).putAll(tops);
    const crashing = scene.worker(name, newUuid(), point);
    await crashing.program.exited;
    const sibling = await scene.survivor(name, newUuid());
    await expectResults(tops, results);
    await expectEndedOnce(scene, name, all);
    await sibling.stop();
  },
);

// The task of this schedule makes new children in each run.
it.concurrent(
  'I2 the run after a crash between two chunks schedules its own children',
  async () => {
    const scene = openScene('chunks');
    const name = 'q';
    const uuid = newUuid();
    const job = await scene.queue(name).put(fanOut.job(1_500));
    const crashing = scene.worker(name, uuid, 'schedule.after-chunk');
    expect((await crashing.program.exited).signal).toBe('SIGKILL');
    const next = await scene.survivor(name, uuid);
    await expectResults([job], [1_500]);
    expect(await scene.queue(name).length()).toBe(0);
    expect(await scene.queue(name).jobs({ status: 'active' })).toEqual([]);
    await next.stop();
  },
);

/** A job that succeeds, one that fails and a composite. Their callbacks have callbacks. */
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
  scene: Scene,
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
  await expectEndedOnce(scene, name, all);
}

/** The workload passes each point at least so often. */
const withCallbacks: [CrashPoint, number[]][] = [
  ['commit.after', [2, 5, 8]],
  ['claim.after', [2, 5, 8]],
  ['run.before-commit', [1, 2, 3, 5, 6, 8]],
];

it.concurrent.each(eachPass(withCallbacks))(
  'J7 each callback runs once after a crash at %s, pass %i',
  async (point, pass) => {
    const scene = openScene('callbacks');
    const name = 'q';
    const uuid = newUuid();
    const workload = await callbacksWorkload();
    await scene.queue(name).putAll(workload.tops);
    const crashing = scene.worker(name, uuid, `${point}#${pass}`);
    expect((await crashing.program.exited).signal).toBe('SIGKILL');
    const next = await scene.survivor(name, uuid);
    await expectCallbacksRan(scene, name, workload);
    await next.stop();
  },
);

it.concurrent.each<[CrashPoint, number]>([
  ['resume-callbacks.before', 1],
  // The process owned the job when it died: its own death is one more interrupt.
  ['resume-callbacks.after', 2],
])('I1, J7 a job in callbacks ends once after a crash at %s', async (point, interruptions) => {
  const scene = openScene('resuming');
  const name = 'q';
  const uuid = newUuid();
  const job = echo.job(1);
  const callback = await job.addCallback(pauseOnce.job(4));
  await scene.queue(name).put(job);
  const first = scene.worker(name, uuid);
  await first.event('started', 'test.pauseOnce');
  await first.end('SIGKILL');
  const resuming = scene.worker(name, uuid, point);
  expect((await resuming.program.exited).signal).toBe('SIGKILL');
  const next = await scene.survivor(name, uuid);
  await expectResults([job, callback], [1, 4]);
  expect((await job.refresh()).interruptions).toBe(interruptions);
  await expectEndedOnce(scene, name, [job, callback]);
  await eventually(async () => (await scene.queue(name).length()) === 0);
  await next.stop();
});

const whileStopping: CrashPoint[] = [
  'interrupt.after-cleaning',
  'interrupt.after-interrupt',
  'interrupt.before-deactivated',
];

it.concurrent.each(whileStopping)(
  'I6 the next start interrupts the rest after a stop that crashed at %s',
  async (point) => {
    const scene = openScene('stopping');
    const name = 'q';
    const uuid = newUuid();
    const jobs = await scene.queue(name).putAll([pauseOnce.job(1), pauseOnce.job(2)]);
    const stopping = scene.worker(name, uuid, point);
    await stopping.event('started', undefined, 2);
    // A stop before that would end its activation, and with it the program.
    await stopping.event('activated');
    await stopping.end('SIGTERM');
    expect((await stopping.program.exited).signal).toBe('SIGKILL');
    const next = await scene.survivor(name, uuid);
    await expectResults(jobs, [1, 2]);
    for (const job of jobs) expect((await job.refresh()).interruptions).toBe(1);
    await expectEndedOnce(scene, name, jobs);
    await next.stop();
  },
);

it.concurrent.each(whileStopping)(
  'I6, I7 a third dispatcher ends a cleanup that crashed at %s, and counts no interrupt twice',
  async (point) => {
    const scene = openScene('cleaning');
    const name = 'q';
    const jobs = await scene.queue(name).putAll([pauseOnce.job(1), pauseOnce.job(2)]);
    const dead = scene.worker(name, newUuid());
    await dead.event('started', undefined, 2);
    // It serves another queue, so that it does not run the jobs that it interrupts.
    const cleaner = scene.worker(`${name}-other`, newUuid(), point);
    await cleaner.event('activated');
    await dead.end('SIGKILL');
    expect((await cleaner.program.exited).signal).toBe('SIGKILL');
    const third = await scene.survivor(name, newUuid());
    await expectResults(jobs, [1, 2]);
    for (const job of jobs) expect((await job.refresh()).interruptions).toBe(1);
    await expectEndedOnce(scene, name, jobs);
    await third.stop();
  },
);

const whileHandling: CrashPoint[] = [
  'activate.after-epoch',
  'handle-interrupt.before-decision',
  'handle-interrupt.after-decision',
];

it.concurrent.each(whileHandling)(
  'I3, I7 the next start decides the interrupt once after a crash at %s',
  async (point) => {
    const scene = openScene('handling');
    const name = 'q';
    const uuid = newUuid();
    const job = await scene.queue(name).put(pauseOnce.job(4));
    const first = scene.worker(name, uuid);
    await first.event('started');
    await first.end('SIGKILL');
    const handling = scene.worker(name, uuid, point);
    expect((await handling.program.exited).signal).toBe('SIGKILL');
    const next = await scene.survivor(name, uuid);
    await expectResults([job], [4]);
    await expectEndedOnce(scene, name, [job]);
    // The handleInterrupt job may end after the job that it let run.
    await eventually(async () => (await scene.queue(name).length()) === 0);
    await next.stop();
  },
);

/** One part of this composite runs, one has ended, the others wait. Two jobs have callbacks. */
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
  scene: Scene,
  name: string,
  { top, rest, callbacks }: Awaited<ReturnType<typeof cancelWorkload>>,
) {
  for (const job of [top, ...rest]) {
    const end = waitForResult(job, { timeout: 20_000 });
    await expect(end).rejects.toMatchObject({ name: 'CancelledError', message: 'as told' });
  }
  // A job that waits for its callbacks is interrupted by a death: the last two have some.
  for (const job of rest.slice(0, -2)) expect((await job.refresh()).interruptions).toBe(0);
  // These callbacks return the failure that they got.
  for (const callback of callbacks)
    await expect(waitForResult(callback)).rejects.toThrow('as told');
  expect(await waitForResult(top.jobs[0] as Job)).toBe(25);
  await expectEndedOnce(
    scene,
    name,
    [top, ...top.jobs, ...rest].filter(({ options }) => options.lane === undefined),
  );
  await eventually(async () => (await scene.queue(name).length()) === 0);
  await eventually(
    async () => (await scene.queue(name).jobs({ status: ['new', 'active'] })).length === 0,
  );
}

/** The workload under way in a worker. */
async function cancelling(scene: Scene, name: string) {
  const workload = await cancelWorkload();
  await scene.queue(name).put(workload.top);
  const owner = scene.worker(name, newUuid());
  await owner.event('started', neverEnds.name);
  await waitForResult(workload.top.jobs[0] as Job);
  return { workload, owner };
}

it.concurrent.each<CrashPoint>(['cancel.before-end', 'cancel.after-part', 'cancel.after-end'])(
  'O1 a cancelled tree ends once after its dispatcher crashed at %s',
  async (point) => {
    const scene = openScene('cancelled');
    const name = 'q';
    const uuid = newUuid();
    const { workload, owner } = await cancelling(scene, name);
    // A paused owner does not end the cancel itself. No sibling is there to find it dead.
    process.kill(owner.program.pid, 'SIGSTOP');
    await workload.top.cancel('as told');
    await owner.end('SIGKILL');
    const ending = scene.worker(name, uuid, point);
    expect((await ending.program.exited).signal).toBe('SIGKILL');
    const next = await scene.survivor(name, uuid);
    await expectCancelled(scene, name, workload);
    await next.stop();
  },
);

it.concurrent.each<CrashPoint>(['cancel.after-take'])(
  'O1 a cancelled tree ends once after its canceller crashed at %s',
  async (point) => {
    const scene = openScene('canceller');
    const name = 'q';
    const { workload, owner } = await cancelling(scene, name);
    const options = { prefix: scene.prefix, queue: name, cancel: workload.top.id };
    const env = { PRODUCER_OPTIONS: JSON.stringify(options), DROVER_CRASH_POINT: point };
    expect((await startProgram('producer', { env }).exited).signal).toBe('SIGKILL');
    await expectCancelled(scene, name, workload);
    // The run has been aborted.
    await owner.event('reassigned', neverEnds.name);
    await owner.end('SIGTERM');
  },
);

it.concurrent(
  'O1 a cancelled tree ends once when its owner dies right after the cancel',
  async () => {
    const scene = openScene('owner');
    const name = 'q';
    const { workload, owner } = await cancelling(scene, name);
    const env = {
      PRODUCER_OPTIONS: JSON.stringify({
        prefix: scene.prefix,
        queue: name,
        cancel: workload.top.id,
      }),
    };
    expect((await startProgram('producer', { env }).exited).code).toBe(0);
    await owner.end('SIGKILL');
    const next = await scene.survivor(name, newUuid());
    await expectCancelled(scene, name, workload);
    await next.stop();
  },
);

it.concurrent.each([
  ['add-callback.before', 0],
  ['add-callback.after', 1],
])(
  'J7 a producer that crashed at %s has added %i callbacks, which end once',
  async (point, count) => {
    const scene = openScene('adding');
    const name = 'q';
    const env = {
      PRODUCER_OPTIONS: JSON.stringify({ prefix: scene.prefix, queue: name, withCallback: true }),
      DROVER_CRASH_POINT: point,
    };
    expect((await startProgram('producer', { env }).exited).signal).toBe('SIGKILL');
    const next = await scene.survivor(name, newUuid());
    const [job] = (await scene
      .queue(name)
      .jobs({ status: ['pending', 'active', 'completed'] })) as [Job];
    await expectResults([job], ['put']);
    const ends = await endsByJob(scene, name);
    expect([...ends.values()]).toEqual(Array<number>(count + 1).fill(1));
    await next.stop();
  },
);

it.concurrent.each([
  ['put.before', 0],
  ['put.after', 1],
])('Q1 a producer that crashed at %s has put %i jobs, which end once', async (point, count) => {
  const scene = openScene('putting');
  const name = 'q';
  const env = {
    PRODUCER_OPTIONS: JSON.stringify({ prefix: scene.prefix, queue: name }),
    DROVER_CRASH_POINT: point,
  };
  const producer = startProgram('producer', { env });
  expect((await producer.exited).signal).toBe('SIGKILL');
  const queue = scene.queue(name);
  const jobs = await queue.jobs();
  expect(jobs).toHaveLength(count);
  const next = await scene.survivor(name, newUuid());
  await expectResults(
    jobs,
    jobs.map(() => 'put'),
  );
  await expectEndedOnce(scene, name, jobs);
  await next.stop();
});
