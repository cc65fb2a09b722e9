// Waits for a job that will not complete: the queue is closed, or the job was removed or never put.
import { BadStatusError, defineTask, Queue } from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { within } from '../../../../test/kit/wait.js';

const context = testContext('wait-in-vain');
const work = defineTask('wait-in-vain.work', (value: unknown) => value);
const open = (name: string): Queue =>
  new Queue(name, { connection: context.redisUrl, prefix: context.prefix });

it('closing the queue ends every wait with a BadStatusError', async () => {
  const queue = open('closed');
  const jobs = await queue.putAll([work.job(1), work.job(2)]);
  const waiting = [...jobs, ...jobs].map((job) => job.wait());
  const ends = Promise.allSettled(waiting);
  await queue.close();
  for (const end of await ends) {
    expect(end).toMatchObject({
      status: 'rejected',
      reason: { name: 'BadStatusError', message: 'the queue closed was closed meanwhile' },
    });
  }
});

it('a wait that begins while the queue is closed ends', async () => {
  const queue = open('closing');
  const job = await queue.put(work.job(1));
  const [end] = await Promise.allSettled([job.wait(), queue.close()]);
  expect(end).toMatchObject({ status: 'rejected' });
});

it.each(['remove', 'pull'] as const)(
  'Q3 a job that is removed meanwhile (%s) ends the wait with a BadStatusError',
  async (how) => {
    const queue = context.queue(`taken-by-${how}`);
    const job = await queue.put(work.job(1));
    const other = open(`taken-by-${how}`);
    const waiting = (await other.get(job.id))?.wait();
    const ended = expect(waiting).rejects.toThrow(
      `job ${job.id} was removed: it will never complete`,
    );
    // The first wait is listening once a later wait on the same connection has timed out.
    await expect((await other.get(job.id))?.wait({ timeout: 50 })).rejects.toThrow();
    await (how === 'remove' ? queue.remove(job) : queue.pull());
    await ended;
    await other.close();
  },
);

it('a new job cannot be waited for', async () => {
  await expect(work.job(1).wait()).rejects.toThrow(BadStatusError);
});

it('a wait for a job that was removed before rejects with a BadStatusError', async () => {
  const queue = open('taken-before');
  const job = await queue.put(work.job(1));
  await context.queue('taken-before').remove(job.id);
  try {
    await expect(within(job.wait(), 500, () => 'still waiting')).rejects.toThrow(BadStatusError);
  } finally {
    await queue.close();
  }
});

it('a call on a closed queue rejects with a BadStatusError', async () => {
  const queue = open('closed-before');
  const job = await queue.put(work.job(1));
  await queue.close();
  await expect(job.refresh()).rejects.toThrow(BadStatusError);
});
