// Usage, "local": what a running task can ask about itself.
import { once } from 'node:events';
import { defineTask, local, RetryableError } from '@drover/core';
import { testContext } from '../kit/context.js';
import { dispatchersIn, hasStarted } from '../kit/dispatchers.js';

const context = testContext('usage-local');
const queue = context.queue('selves');
const dispatchers = dispatchersIn(context);

// `local` is for the task that is running, in whatever it calls and awaits: nothing has to be
// handed down to where it is needed.
it('D6 a task knows its job, its queue, and its dispatcher', async () => {
  const dispatcher = await dispatchers.start('selves');
  const deepInside = async () => ({
    job: local.getJob().id,
    task: local.getJob().task,
    status: local.getJob().status,
    queue: local.getQueue().name,
    dispatcher: local.getDispatcher().uuid,
  });
  const lookAtYourself = defineTask(
    'local.lookAtYourself',
    async (_name: string) => await deepInside(),
  );
  const job = await queue.put(lookAtYourself.job('Narcissus'));
  expect(await job.wait()).toEqual({
    job: job.id,
    task: 'local.lookAtYourself',
    status: 'active',
    queue: 'selves',
    dispatcher: dispatcher.uuid,
  });
});

// `local.fence` is the number of this run of the job. A store that remembers the highest number it
// has seen can refuse a run that was left behind, for instance because its process was paused.
it('I5 each run of a job has a higher number', async () => {
  const fences: number[] = [];
  const again = defineTask('local.again', async () => {
    fences.push(local.fence);
    if (fences.length < 3) throw new RetryableError('once more');
  });
  await (await queue.put(again.job())).wait();
  expect(fences).toEqual([...fences].sort((a, b) => a - b));
  expect(new Set(fences).size).toBe(3);
});

// `local.signal` says when it is time to stop.
it('D6 the signal is aborted when the dispatcher stops', async () => {
  const dispatcher = await dispatchers.start('stopped');
  const untilToldToStop = defineTask('local.untilToldToStop', async () => {
    const { signal } = local;
    if (!signal.aborted) await once(signal, 'abort');
    return 'stopped in order';
  });
  const job = untilToldToStop.job();
  const started = hasStarted(dispatcher, job);
  await context.queue('stopped').put(job);
  await started;
  await dispatcher.deactivate({ grace: 20_000 });
  expect(await job.wait()).toBe('stopped in order');
});

// Outside of a task there is nothing to ask about.
it('D6 local throws an error outside of a task', () => {
  expect(() => local.getJob()).toThrow('`local` serves inside a running task only');
});
