// Usage, "Jobs: overview": what a job tells about itself, to whoever holds its handle or knows its
// id.
import { defineTask, local, type Failure, type Job } from '@drover/core';
import { testContext } from '../kit/context.js';
import { dispatchersIn } from '../kit/dispatchers.js';

const context = testContext('usage-overview');
const queue = context.queue('reports');
const report = defineTask(
  'overview.report',
  async (year: number, options: { pages: number }) => `${year}, ${options.pages}`,
);

// `put` gives back not the result but the promise of one: a handle. It says what is to be done,
// how, and how far it is. The handle is a picture of the moment in which it was made; `refresh`
// brings it up to date.
it('J2 a job has a task, arguments and a status', async () => {
  const job = report.job(1843, { pages: 66 });
  expect(job).toMatchObject({
    task: 'overview.report',
    args: [1843, { pages: 66 }],
    status: 'new',
  });
  expect(job.queue).toBeUndefined();

  await queue.put(job, { retryPolicy: 'NeverRetry' });
  expect(job).toMatchObject({
    status: 'pending',
    queue: 'reports',
    options: { retryPolicy: 'NeverRetry' },
  });
  expect([job.result, job.dispatcher, job.interruptions]).toEqual([undefined, undefined, 0]);

  const dispatcher = await dispatchersIn(context).start('reports');
  await job.wait();
  expect(job).toMatchObject({
    status: 'completed',
    result: '1843, 66',
    dispatcher: dispatcher.uuid,
  });
});

// The id is all one has to keep: in a row of a database, in a cookie. With it, any process finds
// the job, be it to ask now and then whether it is done, or to wait for it.
it('J2 a process that knows the id can find a job, read it, and wait for it', async () => {
  const { id } = await queue.put(report.job(1936, { pages: 36 }));

  const found = await queue.get(id);
  expect(found).toMatchObject({ id, task: 'overview.report', args: [1936, { pages: 36 }] });
  expect(await found?.wait()).toBe('1936, 36');

  await found?.refresh();
  expect(found?.status).toBe('completed');
});

// A job goes from `new` over `pending`, `active` and `callbacks` to `completed`. A process with its
// handle may look at any time: here the job itself, and its callback.
it('J2 a job passes its statuses in order', async () => {
  const seen: string[] = [];
  let put = (): void => {};
  const isPut = new Promise<void>((resolve) => (put = resolve));
  const work = defineTask('overview.work', async () => {
    await isPut;
    seen.push(local.getJob().status);
    return 'the result';
  });
  const look = defineTask('overview.look', async (at: Job, result: string | Failure) => {
    await at.refresh();
    seen.push(at.status, `${String(at.result)}, as it got: ${String(result)}`);
  });
  const job = work.job();
  await job.addCallback(look.job(job));
  seen.push(job.status);
  await queue.put(job);
  seen.push(job.status);
  put();
  await job.wait();
  seen.push(job.status);
  expect(seen).toEqual([
    'new',
    'pending',
    'active',
    'callbacks',
    'the result, as it got: the result',
    'completed',
  ]);
});

it('Q1 get of an unknown id gives undefined', async () => {
  expect(await queue.get('0197b1f4-0000-7000-8000-000000000000')).toBeUndefined();
});
