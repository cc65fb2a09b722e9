// All waits share one connection, and survive when the server cuts it or trims its events.
import { defineTask } from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { eventually } from '../../../../test/kit/wait.js';
import { namedQueue } from './named-queue.js';
import { playDispatcher } from './play-dispatcher.js';

const context = testContext('wait-connections');
const work = defineTask('wait-connections.work', (value: unknown) => value);

it("500 waits for 250 jobs share one connection, beside the queue's own", async () => {
  const { queue, connections } = namedQueue(context, 'crowd');
  const jobs = await queue.putAll(Array.from({ length: 250 }, (_, i) => work.job(i)));
  expect(await connections()).toHaveLength(1);
  const waiting = [...jobs, ...jobs].map((job) => job.wait());
  const dispatcher = playDispatcher(context, 'crowd');
  for (const i of jobs.keys()) {
    await dispatcher.complete(await dispatcher.claimNow(), i);
    if (i % 50 === 0) expect((await connections()).length).toBeLessThanOrEqual(2);
  }
  const values = [...jobs.keys()];
  expect(await Promise.all(waiting)).toEqual([...values, ...values]);
  expect(await connections()).toHaveLength(2);
  await queue.close();
  await eventually(async () => (await connections()).length === 0);
});

it('a wait survives when the server cuts all connections before the job completes', async () => {
  const { queue, connections, cut } = namedQueue(context, 'cut');
  const job = await queue.put(work.job(1));
  const waiting = job.wait();
  await eventually(async () => (await connections()).some(({ command }) => command === 'xread'));
  const dispatcher = playDispatcher(context, 'cut');
  await cut(await connections());
  await dispatcher.complete(await dispatcher.claimNow(), 1);
  expect(await waiting).toBe(1);
  await queue.close();
});

/** Completes a job without any event. */
const COMPLETE = `
  redis.call('LREM', KEYS[1] .. 'wait', 1, ARGV[1])
  redis.call('HSET', KEYS[1] .. ARGV[1], 'finishedOn', 1, 'returnvalue', 7)
  redis.call('ZADD', KEYS[1] .. 'completed', 1, ARGV[1])`;

it('a wait whose connection is back reads the job, since its event may be lost', async () => {
  const { queue, connections } = namedQueue(context, 'gone');
  const job = await queue.put(work.job(1));
  const waiting = job.wait();
  await eventually(async () => (await connections()).some(({ command }) => command === 'xread'));
  await queue.length(); // answered after the wait's own read
  const inOneStep = context.redis.multi();
  for (const { id } of await connections()) inOneStep.client('KILL', 'ID', id);
  await inOneStep.eval(COMPLETE, 1, `${context.prefix}:gone:`, job.id).exec();
  expect(await waiting).toBe(7);
  await queue.close();
});

/** Completes a job whose event is trimmed at once, as in a burst of other jobs. */
const COMPLETE_AND_TRIM = `
  ${COMPLETE}
  redis.call('XADD', KEYS[1] .. 'events', '*', 'event', 'completed', 'jobId', ARGV[1])
  for i = 1, 12000 do
    redis.call('XADD', KEYS[1] .. 'events', 'MAXLEN', '~', 10000, '*', 'event', 'waiting',
      'jobId', 'x')
  end`;

it('a wait ends although the event of its job was trimmed', async () => {
  const { queue, connections } = namedQueue(context, 'trimmed');
  const job = await queue.put(work.job(1));
  const waiting = job.wait({ timeout: 2_000 });
  await eventually(async () => (await connections()).some(({ command }) => command === 'xread'));
  await queue.length(); // answered after the wait's own read
  await context.redis.eval(COMPLETE_AND_TRIM, 1, `${context.prefix}:trimmed:`, job.id);
  try {
    expect(await waiting).toBe(7);
  } finally {
    await queue.close();
  }
});

it('B3 a wait ends although the server lost events, and goes on with lower ids', async () => {
  const { queue, connections, cut } = namedQueue(context, 'lost');
  const job = await queue.put(work.job(1));
  const events = `${context.prefix}:lost:events`;
  // As after a failover from a master whose clock was ahead, to a replica without this event.
  const ahead = `${Date.now() + 3_600_000}-0`;
  await context.redis.xadd(events, ahead, 'event', 'waiting', 'jobId', 'x');
  const waiting = job.wait();
  const reader = () => connections().then((all) => all.find(({ command }) => command === 'xread'));
  const before = await eventually(reader);
  await context.redis.del(events);
  await cut([before]);
  await eventually(async () => ((await reader())?.id ?? before.id) !== before.id);
  await queue.length();
  const dispatcher = playDispatcher(context, 'lost');
  await dispatcher.complete(await dispatcher.claimNow(), 2);
  expect(await waiting).toBe(2);
  await queue.close();
});
