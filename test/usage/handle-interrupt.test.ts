// Jobs, "handleInterrupt": a worker goes while it runs a job; what becomes of the job is a job as
// well, in the same queue.
import { once } from 'node:events';
import { defineTask, local, NeverRetry, type Job } from '@drover/core';
import { testContext } from '../kit/context.js';
import { dispatchersIn, hasStarted } from '../kit/dispatchers.js';

const context = testContext('usage-interrupt');
const dispatchers = dispatchersIn(context);

// Its first run is told to stop before it is done, and stops. The next has more time.
const longWork = defineTask('interrupt.longWork', async () => {
  if (local.fence > 1) return 'done';
  const { signal } = local;
  if (!signal.aborted) await once(signal, 'abort');
  throw signal.reason;
});

/** A job that was running when its dispatcher was shut down. */
async function interruptedIn(queue: string, job: Job<string>): Promise<Job<string>> {
  const dispatcher = await dispatchers.start(queue);
  const started = hasStarted(dispatcher, job);
  await context.queue(queue).put(job);
  await started;
  await dispatcher.deactivate();
  return await job.refresh();
}

// The policy has not decided yet about the job: it is still active, and counts one interruption.
// The first job in the queue is the one that will decide.
it('I1, I4, I8 an interrupt is a job in the queue', async () => {
  const queue = context.queue('seen');
  const job = await interruptedIn('seen', longWork.job());
  expect(job).toMatchObject({ status: 'active', interruptions: 1 });

  const [decider] = await queue.jobs();
  expect(decider?.task).toBe('drover.handleInterrupt');
  expect((decider?.args[0] as Job).id).toBe(job.id);
  expect(await queue.length()).toBe(1);
});

// The next dispatcher runs it. It asks the policy of the job, which by default says: again, up to
// nine times.
it('I3 the policy lets an interrupted job run again', async () => {
  const job = await interruptedIn('again', longWork.job());
  const next = await dispatchers.start('again');
  expect(await job.wait()).toBe('done');
  expect(job).toMatchObject({ dispatcher: next.uuid, interruptions: 1 });
});

it('I3 the policy ends an interrupted job with an AbortedError', async () => {
  const job = await interruptedIn('never', longWork.job().with({ retryPolicy: NeverRetry }));
  await dispatchers.start('never');
  await expect(job.wait()).rejects.toMatchObject({ name: 'AbortedError', code: 'DROVER_ABORTED' });
});

// A dispatcher that stops may give its jobs time. A job that ends within the grace is not
// interrupted.
it('D6 a grace lets running jobs end', async () => {
  const closes = defineTask('interrupt.closes', async () => {
    const { signal } = local;
    if (!signal.aborted) await once(signal, 'abort');
    return 'closed in time';
  });
  const dispatcher = await dispatchers.start('grace');
  const job = closes.job();
  const started = hasStarted(dispatcher, job);
  await context.queue('grace').put(job);
  await started;
  await dispatcher.deactivate({ grace: 20_000 });
  expect(await job.wait()).toBe('closed in time');
  expect(job.interruptions).toBe(0);
});
