// handleInterrupt jobs are ordinary jobs to look at, and decide about interrupted ones (I1, I3, I4,
// I8).
import {
  AbortedError,
  BadStatusError,
  defineRetryPolicy,
  defineTask,
  JobStatus,
  local,
  NeverRetry,
  type Job,
  type JobOptions,
  type RetryDecision,
} from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { eventually } from '../../../../test/kit/wait.js';
import { dispatchersIn, readableLogger } from './dispatchers.js';
import { aborted, gate } from '../../../../test/kit/gate.js';

const context = testContext('interrupts');
const dispatchers = dispatchersIn(context);
const pausesOnce = defineTask('interrupts.pausesOnce', async () =>
  local.fence === 1 ? await aborted(local.signal) : local.fence,
);
const waits = defineTask('interrupts.waits', () => 'waited');

/** Jobs that were started and interrupted, in a queue without a dispatcher. */
async function interrupted(
  name: string,
  count: number,
  options: JobOptions = {},
  size = 10,
): Promise<Job[]> {
  const dispatcher = dispatchers.make(name, { size });
  const started = new Promise<void>((resolve) => {
    let startedCount = 0;
    dispatcher.on('started', () => ++startedCount === count && resolve());
  });
  const jobs = await context.queue(name).putAll(
    Array.from({ length: count }, () => pausesOnce.job()),
    options,
  );
  await dispatcher.activate();
  await started;
  await dispatcher.deactivate();
  return jobs;
}

it('I8 they come before all pending jobs, in order of the starts, and are counted', async () => {
  const jobs = await interrupted('head', 3);
  const queue = context.queue('head');
  const waiting = await queue.put(waits.job());
  const listed = await queue.jobs();
  expect(await queue.length()).toBe(4);
  expect(listed.map(({ task }) => task)).toEqual([
    ...Array<string>(3).fill('drover.handleInterrupt'),
    'interrupts.waits',
  ]);
  expect(listed.slice(0, 3).map(({ args }) => (args[0] as Job).id)).toEqual(
    jobs.map(({ id }) => id),
  );
  expect(listed[3]?.id).toBe(waiting.id);
  const [first] = listed as [Job];
  expect(first).toMatchObject({ status: JobStatus.PENDING, queue: 'head' });
  expect((await queue.get(first.id))?.task).toBe('drover.handleInterrupt');
});

it('I1, I8 450 jobs are interrupted once each, in the order of their starts', async () => {
  const count = 450; // more than one chunk
  const jobs = await interrupted('many', count, {}, count);
  const listed = await context.queue('many').jobs();
  expect(listed.map(({ args }) => (args[0] as Job).id)).toEqual(jobs.map(({ id }) => id));
  await Promise.all(jobs.map((job) => job.refresh()));
  expect(jobs.every(({ interruptions }) => interruptions === 1)).toBe(true);
});

it('I8 its argument is a handle of the interrupted job, which is active', async () => {
  const [job] = (await interrupted('handle', 1)) as [Job];
  const [handler] = (await context.queue('handle').jobs()) as [Job];
  const [handle] = handler.args as [Job];
  expect(await handle.refresh()).toMatchObject({
    id: job.id,
    task: 'interrupts.pausesOnce',
    status: 'active',
    interruptions: 1,
  });
});

it('I8 its result is the decision', async () => {
  const [job] = (await interrupted('waited', 1)) as [Job];
  const [handler] = (await context.queue('waited').jobs()) as [Job];
  await dispatchers.start('waited');
  expect(await handler.wait()).toBe('retried');
  expect(await job.wait()).toBe(2);
  expect(job.interruptions).toBe(1);
});

it('Q4 an interrupted job goes to the head of the queue', async () => {
  const [job] = (await interrupted('first', 1)) as [Job];
  const queue = context.queue('first');
  const [handler] = (await queue.jobs()) as [Job];
  const open = gate();
  // Takes the only slot until the interrupt is decided.
  const [, ...others] = await queue.putAll([
    defineTask('interrupts.holds', () => open.opened).job(),
    waits.job(),
    waits.job(),
  ]);
  await dispatchers.start('first', { size: 1 });
  expect(await handler.wait()).toBe('retried');
  expect((await queue.jobs()).map(({ id }) => id)).toEqual([job, ...others].map(({ id }) => id));
  open.open();
  expect(await job.wait()).toBe(2);
});

it('I3 NeverRetry completes the job with an AbortedError', async () => {
  const [job] = (await interrupted('never', 1, { retryPolicy: NeverRetry })) as [Job];
  await dispatchers.start('never');
  await expect(job.wait()).rejects.toMatchObject({
    name: AbortedError.name,
    code: 'DROVER_ABORTED',
    message: expect.stringContaining(
      'was interrupted 1 times; its policy NeverRetry ends it',
    ) as string,
  });
});

it.each<[string, () => RetryDecision]>([
  ['a delay', () => 300],
  ['a date', () => new Date(Date.now() + 300)],
])('I3 a retry later, with %s, leaves the job pending until then', async (what, answer) => {
  const name = what.replace(' ', '-');
  const retryPolicy = defineRetryPolicy(`interrupts.${name}`, {
    jobError: () => false,
    commitError: () => false,
    interrupted: answer,
  });
  const before = Date.now();
  const [job] = (await interrupted(name, 1, { retryPolicy })) as [Job];
  const [handler] = (await context.queue(name).jobs()) as [Job];
  await dispatchers.start(name);
  await handler.wait();
  expect(await job.wait()).toBe(2);
  expect(Date.now()).toBeGreaterThanOrEqual(before + 300);
});

it('I3 a policy that throws aborts the job, with its error as the cause', async () => {
  const retryPolicy = defineRetryPolicy('interrupts.throws', {
    jobError: () => false,
    commitError: () => false,
    interrupted: () => {
      throw new RangeError('bad policy');
    },
  });
  const [job] = (await interrupted('throws', 1, { retryPolicy })) as [Job];
  await dispatchers.start('throws');
  await expect(job.wait()).rejects.toMatchObject({
    name: 'AbortedError',
    cause: { name: 'RangeError', message: 'bad policy' },
  });
});

it.each<[string, unknown]>([
  ['undefined', undefined],
  ['a word', 'later'],
  ['a promise', Promise.resolve(true)],
])('I3 a policy that answers with %s aborts the job, and the log says so', async (what, answer) => {
  const name = what.replace(' ', '-');
  const retryPolicy = defineRetryPolicy(`interrupts.odd-${name}`, {
    jobError: () => false,
    commitError: () => false,
    interrupted: () => answer as RetryDecision,
  });
  const [job] = (await interrupted(name, 1, { retryPolicy })) as [Job];
  const log = readableLogger();
  await dispatchers.start(name, { logger: log.logger });
  await expect(job.wait()).rejects.toMatchObject({
    name: 'AbortedError',
    cause: {
      message: expect.stringContaining(
        'must answer at once with true, false, a delay in ms',
      ) as string,
    },
  });
  await eventually(() => log.lines.some(({ msg }) => msg === 'job failed'));
  const errors = log.lines.filter(({ level }) => level >= 40);
  expect(errors.map((line) => [line.msg, line['job']])).toEqual([
    ['its retry policy failed', job.id],
    ['job failed', job.id],
  ]);
});

it('I3 the first interrupt after which a job goes on is logged', async () => {
  const [job] = (await interrupted('logged', 1)) as [Job];
  const log = readableLogger();
  await dispatchers.start('logged', { logger: log.logger });
  await job.wait();
  expect(log.lines.filter(({ level }) => level >= 40)).toMatchObject([
    {
      msg: 'job goes on after an interrupt',
      job: job.id,
      task: 'interrupts.pausesOnce',
      count: 1,
      delay: 0,
    },
  ]);
});

it('I3 an interrupted job cannot be removed', async () => {
  const [job] = (await interrupted('kept', 1)) as [Job];
  await expect(context.queue('kept').remove(job)).rejects.toThrow(BadStatusError);
});

// Without care, one connection would block on the first stream for up to 5 s before it follows
// another.
it('a wait in one lane is not delayed by an earlier wait in another', async () => {
  const [job] = (await interrupted('lanes', 1)) as [Job];
  const [handler] = (await context.queue('lanes').jobs()) as [Job];
  await dispatchers.start('lanes');
  await handler.wait();
  await job.wait({ timeout: 2_500 });
});

// Without its handleInterrupt job the interrupted job would stay active forever.
it('I3 a handleInterrupt job cannot be removed', async () => {
  await interrupted('removed', 1);
  const [handler] = (await context.queue('removed').jobs()) as [Job];
  await expect(context.queue('removed').remove(handler)).rejects.toThrow(BadStatusError);
});

it('I3 a pull does not lose an interrupted job', async () => {
  const [job] = (await interrupted('pulled', 1)) as [Job];
  await context
    .queue('pulled')
    .pull()
    .catch(() => {});
  await dispatchers.start('pulled');
  expect(await job.wait({ timeout: 2_000 })).toBe(2);
});
