// Appending to a composite that is no longer in its queue (C4, J12).
import { appendJobs, BadStatusError, defineTask, local, type Job } from '@drover/core';
import { parallel, serial, type Composite } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { dispatchersIn } from '../../../../test/kit/dispatchers.js';
import { give } from './dispatchers.js';

const context = testContext('append-gone');
const queue = context.queue('gone');
const SAYS = /is not stored: it was removed, or has not begun\. Nothing is appended to it/;
const refused = async (composite: Job, job = give.job('late')): Promise<Job> => {
  const appending = appendJobs(composite, [job]);
  await expect(appending).rejects.toThrow(BadStatusError);
  await expect(appendJobs(composite, [job])).rejects.toThrow(SAYS);
  expect(job.status).toBe('new');
  return job;
};

it.each<[string, (composite: Composite) => Promise<unknown>]>([
  ['removed by its handle', (composite) => queue.remove(composite)],
  ['removed by its id', ({ id }) => queue.remove(id)],
  ['pulled into another handle', () => queue.pull(-1)],
])(
  'C4 a composite that was %s refuses an append, and the job can be put elsewhere',
  async (_how, take) => {
    const composite = await queue.put(parallel([give.job(1)]));
    await take(composite);
    const job = await refused(composite);
    await queue.put(job);
    await queue.remove(job);
  },
);

it('C4 a part that is not stored yet, or was removed, refuses an append', async () => {
  const inner = parallel([give.job(1)]);
  const outer = await queue.put(serial([give.job(0), inner]));
  await refused(inner);
  await queue.remove(outer);
  await refused(inner);
});

it('C4 a task that appends to a removed composite gets that error', async () => {
  const composite = await queue.put(parallel([give.job(1)]).with({ lane: 'nobody' }));
  const appends = defineTask('append-gone.appends', async (to: Composite) => {
    await to
      .append(give.job(2))
      .catch((error: Error) => local.setLiveAnnotation('said', error.message));
  });
  await queue.remove(composite.id);
  await dispatchersIn(context).start('gone');
  const job = await queue.put(appends.job(composite));
  await job.wait();
  expect((await job.refresh()).annotations['said']).toMatch(SAYS);
});

it('J12 a composite that was pulled and put elsewhere takes an append there', async () => {
  const idle = context.queue('idle');
  const composite = await idle.put(parallel([give.job(1)]));
  const pulled = (await idle.pull(-1)) as Composite;
  await context.queue('elsewhere').put(pulled, { lane: 'gpu' });
  const job = await composite.append(give.job(2));
  expect([composite.queue, job.queue, job.status]).toEqual(['elsewhere', 'elsewhere', 'new']);
  await dispatchersIn(context).start('elsewhere', {
    queues: { elsewhere: { main: { lanes: ['main', 'gpu'] } } },
  });
  expect(await pulled.wait()).toEqual([1, 2]);
  expect(await job.wait()).toBe(2);
});
