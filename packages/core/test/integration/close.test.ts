// Closing a queue ends its connections, and later calls say why they fail.
import { BadStatusError, defineTask, Queue, type Job } from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { eventually } from '../../../../test/kit/wait.js';
import { namedQueue } from './named-queue.js';

const context = testContext('close');
const work = defineTask('close.work', (value: unknown) => value);

it("closing ends the queue's connections, the one for waits included", async () => {
  const { queue, connections } = namedQueue(context, 'ends');
  const job = await queue.put(work.job(1));
  const waiting = expect(job.wait()).rejects.toThrow(BadStatusError);
  await eventually(async () => (await connections()).length === 2);
  await queue.close();
  await waiting;
  await eventually(async () => (await connections()).length === 0);
});

it('a queue may be closed twice', async () => {
  const { queue } = namedQueue(context, 'twice');
  await queue.close();
  await queue.close();
});

it('a queue that never connected, or cannot connect, can be closed', async () => {
  const queue = new Queue('nobody', { connection: 'redis://127.0.0.1:1', prefix: context.prefix });
  const errors: Error[] = [];
  const other = new Queue('nobody', {
    connection: 'redis://127.0.0.1:1',
    onError: (error) => errors.push(error),
  });
  await eventually(() => errors.length > 0);
  expect(errors[0]?.message).toContain('ECONNREFUSED');
  await Promise.all([queue.close(), other.close()]);
});

it.each<[string, (queue: Queue, job: Job) => Promise<unknown>]>([
  ['put', (queue) => queue.put(work.job(1))],
  ['putAll', (queue) => queue.putAll([work.job(1)])],
  ['get', (queue, { id }) => queue.get(id)],
  ['length', (queue) => queue.length()],
  ['jobs', (queue) => queue.jobs()],
  ['pull', (queue) => queue.pull()],
  ['remove', (queue, job) => queue.remove(job)],
])('J2 %s on a closed queue is a BadStatusError', async (name, call) => {
  const { queue } = namedQueue(context, `after-${name}`);
  const job = await queue.put(work.job(1));
  await queue.close();
  await expect(call(queue, job)).rejects.toThrow(BadStatusError);
  await expect(call(queue, job)).rejects.toThrow(
    `the queue after-${name} was closed: make a new one`,
  );
});

it('a connection that the user gave stays open', async () => {
  const queue = new Queue('given', { connection: context.redis, prefix: context.prefix });
  await queue.put(work.job(1));
  await queue.close();
  expect(await context.redis.ping()).toBe('PONG');
});
