// Usage, "Results": what a task returns, to be read when its job has completed.
import { defineTask } from '@drover/core';
import { waitForStart } from '@drover/core/testing';
import { testContext } from '../kit/context.js';
import { dispatchersIn } from '../kit/dispatchers.js';

const context = testContext('usage-results');
const queue = context.queue('calls');
beforeAll(async () => void (await dispatchersIn(context).start('calls')));

const call = defineTask('results.call', async (to: string) => ({ to, status: 200, text: 'OK' }));

// `wait` gives what the task returned, with its type. It is told by Redis when there is something
// to tell; nobody asks again and again.
it('J3 the result is what the task returned', async () => {
  const job = await queue.put(call.job('example.org'));
  const { status, text } = await job.wait();
  expect(`${status} ${text}`).toBe('200 OK');
  expect(job.result).toEqual({ to: 'example.org', status: 200, text: 'OK' });
});

// A task that returns nothing has a result all the same: `undefined`. So look at `status` to see
// whether a job is done.
it('J3 a task that returns nothing has the result undefined', async () => {
  const quiet = defineTask('results.quiet', async () => {});
  const job = await queue.put(quiet.job());
  expect(await job.wait()).toBeUndefined();
  expect(job.status).toBe('completed');
});

// `timeout` says how long to wait. The job is not harmed by that: it goes on, and can be waited for
// again.
it('J3 waiting may end before the job does', async () => {
  let answer = (_text: string): void => {};
  const answered = new Promise<string>((resolve) => (answer = resolve));
  const slow = defineTask('results.slow', () => answered);
  const job = await queue.put(slow.job());
  await waitForStart(job);
  await expect(job.wait({ timeout: 10 })).rejects.toMatchObject({ code: 'DROVER_TIMEOUT' });

  answer('at last');
  expect(await job.wait()).toBe('at last');
});

// It never changes once it is there: whoever reads it, and whenever, reads the same.
it('J3 all processes read the same result', async () => {
  const job = await queue.put(call.job('example.com'));
  const other = await queue.get(job.id);
  expect(await other?.wait()).toEqual(await job.wait());
  expect((await queue.get(job.id))?.result).toEqual(job.result);
});
