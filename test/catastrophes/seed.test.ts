// The seed: what a serial and a parallel are when their dispatcher is stopped cleanly twice, once
// within a part and once within the postprocess. Each start is a process of its own, with the same
// UUID.
import { parallel, serial, type Composite } from '@drover/composite';
import { JobStatus, type Job } from '@drover/core';
import { waitForStart } from '@drover/core/testing';
import { expectEndedOnce } from '../kit/events.js';
import { newUuid, testContext } from '../kit/context.js';
import { normal, pauseOnce, sumPausingOnce } from '../kit/tasks.js';
import { startWorker, type WorkerProcess } from '../kit/worker.js';

const context = testContext('seed');
const QUEUE = 'seed';

function worker(uuid: string): WorkerProcess {
  return startWorker({ prefix: context.prefix, uuid, queues: { [QUEUE]: { main: { size: 3 } } } });
}

async function statusOf(job: Job): Promise<string> {
  return (await job.refresh()).status;
}

/**
 * After a clean stop: the composite and the job within it are active, and exactly their two
 * interrupts are queued, outer first.
 */
async function expectTwoInterrupts(outer: Job, inner: Job): Promise<void> {
  const queue = context.queue(QUEUE);
  expect(await statusOf(outer)).toBe(JobStatus.ACTIVE);
  expect(await statusOf(inner)).toBe(JobStatus.ACTIVE);
  expect(await queue.length()).toBe(2);
  const queued = await queue.jobs();
  expect(queued.map(({ task }) => task)).toEqual([
    'drover.handleInterrupt',
    'drover.handleInterrupt',
  ]);
  const interrupted = queued.map(({ args }) => (args[0] as Job).id);
  expect(interrupted).toEqual([outer.id, inner.id]);
  expect(queued.map(({ args }) => (args[0] as Job).task)).toEqual([outer.task, inner.task]);
}

interface Scenario {
  composite: Composite<number>;
  /** The part that ends at once, and the one that is interrupted. */
  finished: Job;
  paused: Job;
}

interface Packing {
  packed?: boolean;
}

const inOrder = (packing: Packing = {}): Scenario => {
  const composite = serial([normal.job(), pauseOnce.job(17)], {
    postprocess: sumPausingOnce.job(),
    ...packing,
  });
  return { composite, finished: composite.jobs[0] as Job, paused: composite.jobs[1] as Job };
};
const sideBySide = (packing: Packing = {}): Scenario => {
  const composite = parallel([pauseOnce.job(17), normal.job()], {
    postprocess: sumPausingOnce.job(),
    ...packing,
  });
  return { composite, finished: composite.jobs[1] as Job, paused: composite.jobs[0] as Job };
};

const packed = { packed: true };
/** `before`: so many short jobs come before its packs, which run as packs after them. */
const scenarios: [name: string, make: () => Scenario, before: number][] = [
  ['serial', inOrder, 0],
  ['parallel', sideBySide, 0],
  ['packed serial', () => inOrder(packed), 0],
  ['packed parallel', () => sideBySide(packed), 0],
  ['packed parallel in a lane of short jobs', () => sideBySide(packed), 80],
];

describe.each(scenarios)('%s', (_name, make, before) => {
  it('I1, I2, I4 outlives two clean stops, in a part and in the postprocess, and ends with 42', async () => {
    const uuid = newUuid();
    const queue = context.queue(QUEUE);
    const { composite, finished, paused } = make();
    await queue.putAll([composite, ...Array.from({ length: before }, () => normal.job())] as Job[]);
    const postprocess = composite.postprocess as Job;

    const first = worker(uuid);
    await first.event('started', paused.task);
    await first.event('completed', finished.task, before + 1);
    await first.end('SIGTERM'); // Interrupt 1.
    await expectTwoInterrupts(composite, paused);
    expect(await statusOf(postprocess)).toBe(JobStatus.NEW);

    const second = worker(uuid);
    await second.event('started', postprocess.task);
    await waitForStart(postprocess);
    await second.end('SIGTERM'); // Interrupt 2.
    await expectTwoInterrupts(composite, postprocess);
    expect((await finished.refresh()).result).toBe(25);
    expect((await paused.refresh()).result).toBe(17);

    const third = worker(uuid);
    expect(await composite.wait({ timeout: 10_000 })).toBe(42);
    await third.end('SIGTERM');

    for (const job of [composite, finished, paused, postprocess]) await job.refresh();
    expect(
      [composite, paused, postprocess, finished].map(({ interruptions }) => interruptions),
    ).toEqual([2, 1, 1, 0]);
    const startsOf = (job: Job) =>
      [first, second, third]
        .flatMap((one) => one.events('started'))
        .filter(({ jobId }) => jobId === job.id);
    expect([finished, paused, postprocess].map((job) => startsOf(job).length)).toEqual([1, 2, 2]);
    await expectEndedOnce(context, QUEUE, [composite, finished, paused, postprocess]);
    expect(await queue.length()).toBe(0);
  });
});
