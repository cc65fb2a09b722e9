// Jobs, "resumeCallbacks": a worker goes while the callbacks of a job run; the job has its result,
// and is not run again.
import { once } from 'node:events';
import { defineTask, local, type Job } from '@drover/core';
import { testContext } from '../kit/context.js';
import { dispatchersIn } from '../kit/dispatchers.js';

const context = testContext('usage-resume');
const dispatchers = dispatchersIn(context);

it('J7, I1 interrupted callbacks go on, and the job does not run again', async () => {
  const queue = context.queue('resumed');
  let runs = 0;
  const work = defineTask('resume.work', async () => ++runs);
  // The first run of this callback is interrupted, the next is not.
  let isRunning = (): void => {};
  const running = new Promise<void>((resolve) => (isRunning = resolve));
  const report = defineTask('resume.report', async (result: unknown) => {
    isRunning();
    if (local.fence > 1) return `reported ${String(result)}`;
    const { signal } = local;
    if (!signal.aborted) await once(signal, 'abort');
    throw signal.reason;
  });

  const job = work.job();
  const callback = await job.addCallback(report.job());
  const first = await dispatchers.start('resumed');
  await queue.put(job);
  // Claimed is not started yet: what is claimed only would go back to the queue, and nothing were
  // interrupted.
  await running;
  await first.deactivate();

  // The result is there and final; what is still to be done are the callbacks.
  expect(await job.refresh()).toMatchObject({ status: 'callbacks', result: 1 });
  const waiting = await queue.jobs();
  expect(waiting.slice(0, 2).map(({ task, args }) => [task, (args[0] as Job).id])).toEqual([
    ['drover.resumeCallbacks', job.id],
    ['drover.handleInterrupt', callback.id],
  ]);

  await dispatchers.start('resumed');
  expect(await job.wait()).toBe(1);
  expect((await callback.refresh()).result).toBe('reported 1');
  expect(runs).toBe(1);
});
