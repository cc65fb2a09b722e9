// A wait for a plain job ends by the event of its end, without a read; a wait for any other job
// reads it.
import type { Job } from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { eventually } from '../../../../test/kit/wait.js';
import { callsAbout } from './calls-about.js';
import { namedQueue } from './named-queue.js';
import { end, hearAll, openQueue, work } from './plain-ends.js';
import { playDispatcher } from './play-dispatcher.js';

const context = testContext('wait-by-event');
const { redis, prefix } = context;

it.each(['before its end', 'after its end'])(
  'a wait %s for a plain job that this queue has put makes no call',
  async (when) => {
    const name = `calls-${when.replace(/ /g, '-')}`;
    const queue = openQueue(context, name);
    const dispatcher = playDispatcher(context, name);
    await hearAll(queue, dispatcher);
    const job = work.job(1);
    const calls = await callsAbout(redis, job, async () => {
      await queue.put(job);
      const early = when === 'before its end' ? job.wait() : undefined;
      await end(dispatcher, 'value');
      await hearAll(queue, dispatcher);
      expect(await (early ?? job.wait())).toBe('value');
    });
    // Its put.
    expect(calls).toBe(1);
    expect(job).toMatchObject({
      status: 'completed',
      result: 'value',
      dispatcher: dispatcher.uuid,
    });
  },
);

it('a wait for a job that another queue has put reads it once', async () => {
  const dispatcher = playDispatcher(context, 'foreign');
  const queue = openQueue(context, 'foreign');
  await hearAll(queue, dispatcher);
  const { id } = await context.queue('foreign').put(work.job(1));
  const job = (await queue.get(id)) as Job;
  const calls = await callsAbout(redis, job, async () => {
    const waiting = job.wait();
    // Answered after the read of the wait.
    await job.refresh();
    await end(dispatcher, 7);
    expect(await waiting).toBe(7);
  });
  expect(calls).toBe(2);
});

it('O3 a wait after a retry ends with the new end', async () => {
  const queue = openQueue(context, 'retried');
  const dispatcher = playDispatcher(context, 'retried');
  await hearAll(queue, dispatcher);
  const job = await queue.put(work.job(1));
  const waiting = expect(job.wait()).rejects.toThrow('at first');
  await dispatcher.fail(await dispatcher.claimNow(), new Error('at first'));
  await waiting;
  await job.retry();
  const again = job.wait();
  await end(dispatcher, 'at last');
  expect(await again).toBe('at last');
});

/** Completes a job without any event. */
const COMPLETE = `
  redis.call('LREM', KEYS[1] .. 'wait', 1, ARGV[1])
  redis.call('HSET', KEYS[1] .. ARGV[1], 'finishedOn', 1, 'returnvalue', 7)
  redis.call('ZADD', KEYS[1] .. 'completed', 1, ARGV[1])`;

it('J12 a wait reads the job where its event may have been lost before the wait', async () => {
  const { queue, connections, cut } = namedQueue(context, 'gap');
  await hearAll(queue, playDispatcher(context, 'gap'));
  const job = await queue.put(work.job(1));
  const before = await eventually(async () =>
    (await connections()).find(({ command }) => command === 'xread'),
  );
  await cut([before]);
  await redis.eval(COMPLETE, 1, `${prefix}:gap:`, job.id);
  await eventually(async () => {
    const reads = (await connections()).filter(({ command }) => command === 'xread');
    return reads.length === 1 && reads[0]?.id !== before.id;
  });
  const calls = await callsAbout(redis, job, async () => expect(await job.wait()).toBe(7));
  expect(calls).toBe(1);
  await queue.close();
});

it('J12 a wait ends although nothing tells of the end of its job', async () => {
  const queue = openQueue(context, 'untold');
  await hearAll(queue, playDispatcher(context, 'untold'));
  const job = await queue.put(work.job(1));
  await redis.eval(COMPLETE, 1, `${prefix}:untold:`, job.id);
  expect(await job.wait()).toBe(7);
});

it('J12 a wait for a shared job that another holder had put reads it', async () => {
  const [queue, other] = [openQueue(context, 'shared'), openQueue(context, 'shared')];
  const dispatcher = playDispatcher(context, 'shared');
  await hearAll(queue, dispatcher);
  const mine = work.job('shared');
  const { id } = await queue.put(work.job(mine), { beginAfter: 600_000 });
  const theirs = (await other.get(id))?.args[0] as Job;
  await other.put(theirs);
  await end(dispatcher, 'done');
  await queue.put(mine);
  const calls = await callsAbout(redis, mine, async () => expect(await mine.wait()).toBe('done'));
  expect(calls).toBe(1);
});

it('Q3, J12 a wait for a job that was removed before the wait ends with an error', async () => {
  const queue = openQueue(context, 'removed');
  const dispatcher = playDispatcher(context, 'removed');
  await hearAll(queue, dispatcher);
  const job = await queue.put(work.job(1));
  await (
    await context
      .queue('removed')
      .get(job.id)
      .then((found) => found as Job)
  )
    .refresh()
    .then((found) => context.queue('removed').remove(found));
  await hearAll(queue, dispatcher);
  await expect(job.wait()).rejects.toThrow(`job ${job.id} was removed`);
});
