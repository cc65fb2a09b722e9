// Usage, "Obtaining the queue": a queue is a name, under a prefix, in a Redis.
import { defineTask, local, Queue } from '@drover/core';
import { testContext } from '../kit/context.js';
import { dispatchersIn } from '../kit/dispatchers.js';

const context = testContext('usage-obtaining');
const { redisUrl: connection, prefix } = context;
const deliver = defineTask('obtaining.deliver', async (what: string) => `${what} delivered`);

// Nothing is installed, created or registered before a queue is used. The same name, under the same
// prefix, in the same Redis, means the same queue: a web server that puts jobs, the workers that
// run them, and a script that looks at them later each make a `Queue` of their own.
it('Q1 processes that name the same queue share its jobs', async () => {
  const inTheServer = new Queue('letters', { connection, prefix });
  const inTheScript = new Queue('letters', { connection, prefix });
  const job = await inTheServer.put(deliver.job('a letter'));

  const [found] = await inTheScript.jobs();
  expect(found).toMatchObject({
    id: job.id,
    task: 'obtaining.deliver',
    args: ['a letter'],
    status: 'pending',
  });

  // A `Queue` holds connections, so whoever makes one closes it in the end.
  await Promise.all([inTheServer.close(), inTheScript.close()]);
});

// Several queues keep different kinds of work apart. Their names do not meet, and neither do those
// under another prefix: with a prefix for each, a test and a colleague's experiment can use one
// Redis.
it('Q1 another name, or another prefix, is another queue', async () => {
  const letters = new Queue('post', { connection, prefix });
  const parcels = new Queue('parcels', { connection, prefix });
  const elsewhere = new Queue('post', { connection, prefix: `${prefix}elsewhere` });
  await letters.put(deliver.job('a letter'));

  expect(await Promise.all([letters.length(), parcels.length(), elsewhere.length()])).toEqual([
    1, 0, 0,
  ]);
  await Promise.all([letters.close(), parcels.close(), elsewhere.close()]);
});

// A task needs no door of its own: the queue that its job came from is there, on the dispatcher's
// connection.
it('Q1 inside a task, `local.getQueue()` is the queue of its job', async () => {
  await dispatchersIn(context).start('inside');
  const whereAmI = defineTask('obtaining.whereAmI', async () => local.getQueue().name);
  const job = await context.queue('inside').put(whereAmI.job());
  expect(await job.wait()).toBe('inside');
});
