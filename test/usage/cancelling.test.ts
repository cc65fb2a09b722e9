// Jobs, "fail": a job that nobody wants any more.
import { once } from 'node:events';
import { defineTask, Failure, local } from '@drover/core';
import { serial } from '@drover/composite';
import { testContext } from '../kit/context.js';
import { dispatchersIn, hasStarted } from '../kit/dispatchers.js';

const context = testContext('usage-cancelling');
const dispatchers = dispatchersIn(context);
const quiet = { failureLogLevel: 'debug' } as const;

// A job that has not begun never does. It has completed, with the reason as its failure, and its
// callbacks get that.
it('O1 a job that waits never starts', async () => {
  const queue = context.queue('waiting');
  const bake = defineTask('cancelling.bake', async () => 'a cake');
  const hear = defineTask('cancelling.hear', async (result: unknown) =>
    result instanceof Failure ? result.message : 'nothing',
  );
  const job = await queue.put(bake.job(), { beginAfter: 3_600_000, ...quiet });
  const callback = await job.addCallback(hear.job());
  await dispatchers.start('waiting');
  await job.cancel('the guests have left');
  await expect(job.wait()).rejects.toMatchObject({
    name: 'CancelledError',
    message: 'the guests have left',
  });
  expect(await callback.wait()).toBe('the guests have left');
});

// A job that runs is told by its signal. Whatever it does after that is not accepted.
it('O1 a cancel aborts the signal of a running job', async () => {
  const dispatcher = await dispatchers.start('running');
  let told: unknown;
  const dig = defineTask('cancelling.dig', async () => {
    const { signal } = local;
    if (!signal.aborted) await once(signal, 'abort');
    told = signal.reason;
    return 'a late result';
  });
  const job = dig.job().with(quiet);
  const started = hasStarted(dispatcher, job);
  await context.queue('running').put(job);
  await started;
  const reassigned = once(dispatcher, 'reassigned');
  await job.cancel('no treasure here');
  await expect(job.wait()).rejects.toMatchObject({ code: 'DROVER_CANCELLED' });
  await reassigned;
  expect(told).toMatchObject({ name: 'CancelledError', message: 'no treasure here' });
  expect((await job.refresh()).result).toBeInstanceOf(Failure);
});

// A composite goes with all that is below it. Completed parts keep their results.
it('O1 a composite is cancelled as a whole', async () => {
  const dispatcher = await dispatchers.start('whole');
  const step = defineTask('cancelling.step', async (n: number) => {
    if (n === 1) return 'the first is done';
    const { signal } = local;
    if (!signal.aborted) await once(signal, 'abort');
    throw signal.reason;
  });
  const steps = [step.job(1), step.job(2), step.job(3)].map((job) => job.with(quiet));
  const second = hasStarted(dispatcher, steps[1]!);
  const job = await context.queue('whole').put(serial(steps), quiet);
  await second;
  await job.cancel('enough');
  await expect(job.wait()).rejects.toThrow('enough');
  expect(await steps[0]?.wait()).toBe('the first is done');
  for (const one of steps.slice(1)) await expect(one.wait()).rejects.toThrow('enough');
});

// A completed job keeps its result: cancelling it is a mistake, which is told.
it('O1 a completed job cannot be cancelled', async () => {
  await dispatchers.start('over');
  const quick = defineTask('cancelling.quick', async () => 'done');
  const job = await context.queue('over').put(quick.job());
  await job.wait();
  await expect(job.cancel('too late')).rejects.toMatchObject({ code: 'DROVER_BAD_STATUS' });
  expect(job.result).toBe('done');
});
