// Usage, "Scheduled calls": a job that is not to start before a time, or not after one.
import { defineTask } from '@drover/core';
import { waitForStart } from '@drover/core/testing';
import { testContext } from '../kit/context.js';
import { dispatchersIn } from '../kit/dispatchers.js';

const context = testContext('usage-scheduled');
const queue = context.queue('reminders');
const remind = defineTask('scheduled.remind', async () => Date.now());
beforeAll(async () => void (await dispatchersIn(context).start('reminders')));

// `beginAfter` is a date, or so many milliseconds from now. Until then the job is pending as any
// other: it is counted and listed, and can be taken back. No process has to stay up for it.
it('Q2 a job does not begin before its time', async () => {
  const soon = new Date(Date.now() + 200);
  const job = await queue.put(remind.job(), { beginAfter: soon });
  expect(job.status).toBe('pending');
  expect(await job.wait()).toBeGreaterThanOrEqual(soon.getTime());
});

it('Q2, Q3 a job that is not due yet can be seen and taken back', async () => {
  const job = await queue.put(remind.job(), { beginAfter: 3_600_000 });
  expect((await queue.jobs()).map(({ id }) => id)).toContain(job.id);
  await queue.remove(job);
  expect(await queue.length()).toBe(0);
});

// The jobs that are due do not stand behind those that are not.
it('Q2 a job without a time overtakes jobs that are not due', async () => {
  const tomorrow = await queue.put(remind.job(), { beginAfter: 86_400_000 });
  const now = await queue.put(remind.job());
  await now.wait();
  expect((await tomorrow.refresh()).status).toBe('pending');
  await queue.remove(tomorrow);
});

// A time that has passed is no mistake: the job begins as soon as may be, as if it had none.
it('Q2 a time that has passed means now', async () => {
  const job = await queue.put(remind.job(), { beginAfter: new Date(2006, 7, 10) });
  expect(await job.wait()).toBeGreaterThan(0);
});

// Some work is of no use when it comes too late. `beginBy` is how long it may wait once it is due;
// a job that has not begun by then fails with a TimeoutError, and is not run any more. Here the
// only slot is taken.
it('Q2 a job that has not begun in time fails', async () => {
  const late = context.queue('late');
  let finish = (): void => {};
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const long = defineTask('scheduled.long', () => finished);
  await dispatchersIn(context).start('late', { size: 1 });
  const busy = await late.put(long.job());
  await waitForStart(busy);

  const job = await late.put(remind.job(), { beginBy: 500 });
  await expect(job.wait()).rejects.toMatchObject({ name: 'TimeoutError', code: 'DROVER_TIMEOUT' });
  expect(job.status).toBe('completed');
  finish();
  await busy.wait();
});
