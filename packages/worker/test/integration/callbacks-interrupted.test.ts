// Callbacks and interrupts: resumeCallbacks, interrupts of callbacks, and callbacks of aborted jobs
// (I1, I3, I8, J7).
import { parallel, serial } from '@drover/composite';
import { defineRetryPolicy, defineTask, Failure, local, NeverRetry, type Job } from '@drover/core';
import type { Dispatcher } from '@drover/worker';
import { testContext } from '../../../../test/kit/context.js';
import { expectEndedOnce } from '../../../../test/kit/events.js';
import { dispatchersIn, next } from './dispatchers.js';
import { aborted } from '../../../../test/kit/gate.js';
import { abortAlways } from '../../../../test/kit/tasks.js';

const context = testContext('callbacks-interrupted');
const dispatchers = dispatchersIn(context);
const seen: unknown[] = [];
beforeEach(() => void (seen.length = 0));

const five = defineTask('callbacks-interrupted.five', () => 5);
const pausesOnce = defineTask('callbacks-interrupted.pausesOnce', async (_result?: unknown) =>
  local.fence === 1 ? await aborted(local.signal) : local.fence,
);
const note = defineTask('callbacks-interrupted.note', (result: unknown) => {
  seen.push(result instanceof Failure ? result.name : result);
});

/**
 * Resolves when the dispatcher has started that job: a job that is only claimed is put back at the
 * stop.
 */
async function startOf(dispatcher: Dispatcher, { id }: Job): Promise<void> {
  await new Promise<void>((resolve) =>
    dispatcher.on('started', ({ job }) => job.id === id && resolve()),
  );
}

/**
 * A job that was interrupted together with its running callback, in a queue without a dispatcher.
 */
async function interruptedInCallbacks(name: string, callback: Job): Promise<Job> {
  const dispatcher = dispatchers.make(name);
  const job = five.job();
  await job.addCallback(callback);
  await context.queue(name).put(job);
  const started = startOf(dispatcher, callback);
  await dispatcher.activate();
  await started;
  await dispatcher.deactivate();
  return job;
}

it("I1, I8 a job in callbacks gets a resumeCallbacks job, before its callback's", async () => {
  const callback = pausesOnce.job();
  const job = await interruptedInCallbacks('listed', callback);
  const queue = context.queue('listed');
  const listed = await queue.jobs();
  expect(listed.map(({ task }) => task)).toEqual([
    'drover.resumeCallbacks',
    'drover.handleInterrupt',
  ]);
  expect(listed.map(({ args }) => (args[0] as Job).id)).toEqual([job.id, callback.id]);
  expect(await queue.length()).toBe(2);
  expect(await job.refresh()).toMatchObject({ status: 'callbacks', result: 5, interruptions: 1 });
  await expect(queue.remove(listed[0] as Job)).rejects.toThrow('cannot be removed');
  const dispatcher = await dispatchers.start('listed');
  expect(await (listed[0] as Job).wait()).toBe('goes on waiting');
  expect(await job.wait()).toBe(5);
  expect(job.dispatcher).toBe(dispatcher.uuid);
  expect(await callback.wait()).toBe(2);
  await expectEndedOnce(context, 'listed', [job, callback]);
});

it('J7 an interrupted callback is retried at once, also where its policy says later', async () => {
  const retryPolicy = defineRetryPolicy('callbacks-interrupted.later', {
    jobError: () => false,
    commitError: () => false,
    interrupted: () => 600_000,
  });
  const callback = pausesOnce.job().with({ retryPolicy });
  const job = await interruptedInCallbacks('now', callback);
  await dispatchers.start('now');
  expect(await job.wait()).toBe(5);
  expect(await callback.wait()).toBe(2);
});

it('I3 an aborted callback does not change the result of its job', async () => {
  const callback = pausesOnce.job().with({ retryPolicy: NeverRetry });
  await callback.addCallback(note.job());
  const job = await interruptedInCallbacks('never', callback);
  await dispatchers.start('never');
  expect(await job.wait()).toBe(5);
  expect((await callback.refresh()).result).toMatchObject({ name: 'AbortedError' });
  expect(seen).toEqual(['AbortedError']);
});

it('I3, J7 the callbacks of an aborted job run with the AbortedError', async () => {
  const queue = context.queue('aborted');
  const dispatcher = dispatchers.make('aborted');
  const started = next(dispatcher, 'started');
  const job = pausesOnce.job().with({ retryPolicy: NeverRetry });
  const callback = await job.addCallback(note.job());
  await queue.put(job);
  await dispatcher.activate();
  await started;
  await dispatcher.deactivate();
  await dispatchers.start('aborted');
  await expect(job.wait()).rejects.toMatchObject({ code: 'DROVER_ABORTED' });
  expect(seen).toEqual(['AbortedError']);
  await expectEndedOnce(context, 'aborted', [job, callback]);
});

it('I3, J7 the callbacks of an aborted composite and its unstarted parts run', async () => {
  const queue = context.queue('aborted-composite');
  const dispatcher = dispatchers.make('aborted-composite');
  const later = five.job();
  const callback = await later.addCallback(note.job());
  const all = serial([pausesOnce.job(), later]).with({ retryPolicy: abortAlways });
  const own = await all.addCallback(note.job());
  await queue.put(all);
  const started = startOf(dispatcher, all.jobs[0] as Job);
  await dispatcher.activate();
  await started;
  await dispatcher.deactivate();
  await dispatchers.start('aborted-composite');
  await expect(all.wait()).rejects.toMatchObject({ code: 'DROVER_ABORTED' });
  await callback.wait();
  expect((await later.refresh()).result).toMatchObject({ name: 'AbortedError' });
  expect(seen).toEqual(['AbortedError', 'AbortedError']);
  await expectEndedOnce(context, 'aborted-composite', [all, later, own, callback]);
});

it('I2 a composite in callbacks is interrupted, and its parts do not run again', async () => {
  const queue = context.queue('composite');
  const dispatcher = dispatchers.make('composite');
  const all = parallel([five.job(), five.job()]);
  const callback = await all.addCallback(pausesOnce.job());
  await queue.put(all);
  const started = startOf(dispatcher, callback);
  await dispatcher.activate();
  await started;
  await dispatcher.deactivate();
  expect(await all.refresh()).toMatchObject({
    status: 'callbacks',
    interruptions: 1,
    result: [5, 5],
  });
  await dispatchers.start('composite');
  expect(await all.wait()).toEqual([5, 5]);
  await expectEndedOnce(context, 'composite', [all, ...all.jobs, callback]);
});

it('I2, I4 an aborted job in callbacks has an owner again after each interrupt', async () => {
  const pausesTwice = defineTask('callbacks-interrupted.pausesTwice', async (_result?: unknown) =>
    local.fence < 3 ? await aborted(local.signal) : local.fence,
  );
  const job = serial([pausesOnce.job()]).with({ retryPolicy: abortAlways });
  const callback = pausesTwice.job();
  await job.addCallback(callback);
  await context.queue('aborted-often').put(job);
  for (const running of [job.jobs[0], callback, callback]) {
    const dispatcher = dispatchers.make('aborted-often');
    const started = startOf(dispatcher, running);
    await dispatcher.activate();
    await started;
    await dispatcher.deactivate();
  }
  expect((await job.refresh()).interruptions).toBe(3);
  const last = await dispatchers.start('aborted-often');
  await expect(job.wait()).rejects.toMatchObject({ name: 'AbortedError' });
  expect(await callback.wait()).toBe(3);
  expect(job.dispatcher).toBe(last.uuid);
});
