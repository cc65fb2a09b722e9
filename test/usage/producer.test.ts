// Configuration, "A client process": who only puts jobs needs a queue, and nothing of a worker.
import { defineTask, Queue } from '@drover/core';
import { testContext } from '../kit/context.js';
import { dispatchersIn } from '../kit/dispatchers.js';

const context = testContext('usage-producer');
const { redisUrl, prefix } = context;
const print = defineTask('producer.print', async (text: string) => `printed: ${text}`);

// `@drover/core` is enough. Where Redis is may be said as a URL, as options, or by a client that
// the program has already.
it('Q1 a connection is a URL, options of ioredis, or a client of ioredis', async () => {
  const { host, port, password } = context.redis.options;
  for (const connection of [redisUrl, { host, port, password }, context.redis]) {
    const queue = new Queue('connected', { connection, prefix });
    await queue.put(print.job('hello'));
    await queue.close();
  }
  expect(await context.queue('connected').length()).toBe(3);
  // Your own client is copied: it is still yours after the queue was closed.
  expect(await context.redis.ping()).toBe('PONG');
});

// Nothing runs in the producer, and no worker has to be there when a job is put. It waits for the
// first one that comes.
it('Q1 jobs wait for workers', async () => {
  const queue = context.queue('patient');
  const job = await queue.put(print.job('hello'));
  expect((await job.refresh()).status).toBe('pending');

  await dispatchersIn(context).start('patient');
  expect(await job.wait()).toBe('printed: hello');
});

// A queue that was closed says so, instead of waiting for a connection that will not come.
it('B2 a closed queue refuses calls with an error', async () => {
  const queue = new Queue('closed', { connection: redisUrl, prefix });
  await queue.close();
  await expect(queue.put(print.job('too late'))).rejects.toThrow(
    'the queue closed was closed: make a new one',
  );
});
