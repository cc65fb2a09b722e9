// Waits for results: in time, too late, and of jobs that ended before.
import { defineTask, Queue, TimeoutError } from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { playDispatcher } from './play-dispatcher.js';

const context = testContext('wait');
const work = defineTask('wait.work', (value: unknown) => value);

it('a wait returns the value when the job completes', async () => {
  const job = await context.queue('value').put(work.job(1));
  const waiting = job.wait();
  const dispatcher = playDispatcher(context, 'value');
  await dispatcher.complete(await dispatcher.claimNow(), { answer: 42 });
  expect(await waiting).toEqual({ answer: 42 });
  expect(job).toMatchObject({
    status: 'completed',
    result: { answer: 42 },
    dispatcher: dispatcher.uuid,
  });
});

it('a wait returns the value of a completed job, also through another handle', async () => {
  const job = await context.queue('before').put(work.job(1));
  const dispatcher = playDispatcher(context, 'before');
  await dispatcher.complete(await dispatcher.claimNow(), 'long ago');
  await context.redis.del(`${context.prefix}:before:events`); // no event tells of the end
  expect(await job.wait()).toBe('long ago');
  const other = new Queue('before', { connection: context.redisUrl, prefix: context.prefix });
  expect(await (await other.get(job.id))?.wait()).toBe('long ago');
  await other.close();
});

it('a wait throws a TimeoutError when its time is over, and the job goes on', async () => {
  const job = await context.queue('timeout').put(work.job(1));
  await expect(job.wait({ timeout: 20 })).rejects.toThrow(TimeoutError);
  await expect(job.wait({ timeout: 0 })).rejects.toThrow(`job ${job.id}: not there after 0 ms`);
  const dispatcher = playDispatcher(context, 'timeout');
  await dispatcher.complete(await dispatcher.claimNow(), 'late');
  expect(await job.wait({ timeout: 10_000 })).toBe('late');
});

it('waits for jobs of several queues use the queue of each job', async () => {
  const jobs = [
    await context.queue('left').put(work.job(1)),
    await context.queue('right').put(work.job(2)),
  ];
  const waiting = jobs.map((job) => job.wait());
  for (const name of ['right', 'left']) {
    const dispatcher = playDispatcher(context, name);
    await dispatcher.complete(await dispatcher.claimNow(), name);
  }
  expect(await Promise.all(waiting)).toEqual(['left', 'right']);
});

it('a wait goes on through many events of other jobs', async () => {
  const queue = context.queue('others');
  const job = await queue.put(work.job(1), { beginAfter: 600_000 });
  const ended = expect(job.wait({ timeout: 1_000 })).rejects.toThrow(TimeoutError);
  const others = await queue.putAll(Array.from({ length: 100 }, (_, i) => work.job(i)));
  const dispatcher = playDispatcher(context, 'others');
  for (const _ of others) await dispatcher.complete(await dispatcher.claimNow(), 1);
  await ended;
});

it.each([Infinity, 2 ** 31, 90 * 24 * 3_600_000])(
  'a timeout of %p ms does not end the wait early',
  async (timeout) => {
    const job = await context.queue('patient').put(work.job(1));
    const waiting = job.wait({ timeout });
    const end = await Promise.race([
      waiting.catch((error: Error) => error.name),
      job.wait({ timeout: 100 }).catch(() => 'still waiting'),
    ]);
    await context.queue('patient').remove(job);
    await waiting.catch(() => {});
    expect(end).toBe('still waiting');
  },
);
