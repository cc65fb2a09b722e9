// Drover's own claim and end of plain jobs leave the keys that BullMQ's Worker leaves, whatever the
// settings of the lane. Not compared: the fields that Drover adds to the event of the end, BullMQ's
// counter of ids, and the marker.
import { defineTask } from '@drover/core';
import { Job as BullJob, Queue as BullQueue, Worker } from 'bullmq';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { testContext } from '../../../../test/kit/context.js';
import { snapshotKeys, type KeySnapshot } from '../../../../test/kit/key-snapshot.js';
import { playDispatcher, type PlayedDispatcher } from './play-dispatcher.js';

const context = testContext('plain-jobs');
const { redis, prefix } = context;
const work = defineTask('plain-jobs.work', (value: unknown) => value);
const place = { connection: { url: context.redisUrl }, prefix };
const keyIn = (queue: string, name: string): string => `${prefix}:${queue}:${name}`;

/** A change of the settings of a lane after its jobs were put. */
const settings: Record<string, (queue: string) => Promise<unknown>> = {
  'as it was made': () => Promise.resolve(),
  'with room for five jobs at a time': (queue) =>
    redis.hset(keyIn(queue, 'meta'), 'concurrency', 5),
  'with a limit of jobs a minute': (queue) =>
    redis.hset(keyIn(queue, 'meta'), 'max', 100, 'duration', 60_000),
  'with a length of its event stream': (queue) =>
    redis.hset(keyIn(queue, 'meta'), 'opts.maxLenEvents', 5),
  'without any settings': (queue) => redis.del(keyIn(queue, 'meta')),
  'with an entry of an early BullMQ': (queue) => redis.rpush(keyIn(queue, 'wait'), '0:0'),
};

/** The names of the jobs of a queue, by their ids. */
type Names = Record<string, string>;

async function putThree(queue: string): Promise<Names> {
  const jobs = await context.queue(queue).putAll(['a', 'b', 'c'].map((name) => work.job(name)));
  return Object.fromEntries(jobs.map(({ id }, i) => [id, `job ${i}`]));
}

async function putPrioritized(queue: string): Promise<Names> {
  const bull = new BullQueue(queue, place);
  cleanUpLater(() => bull.close());
  const ids = ['low', 'high', 'middle'].map((name) => `${queue}-${name}`);
  for (const [i, priority] of [3, 1, 2].entries())
    await bull.add(work.name, [1], { jobId: ids[i] as string, priority });
  return Object.fromEntries(ids.map((id, i) => [id, `job ${i}`]));
}

/** Completes three jobs one after another; a limited lane is asked for each by a claim. */
async function byDrover({ claim, completeAndClaim }: PlayedDispatcher): Promise<void> {
  let next = await claim();
  for (const value of ['A', 'B', 'C']) {
    if (!next) throw new Error('there is no job to complete');
    const { ends, claimed } = await completeAndClaim([[next, value]], 1);
    expect(ends).toEqual(['stored']);
    next = claimed[0]?.job ?? (await claim());
  }
  expect(next).toBeUndefined();
}

async function byBullMq(queue: string, uuid: string): Promise<void> {
  const worker = new Worker(queue, null, { ...place, name: uuid });
  cleanUpLater(() => worker.close());
  const token = `${uuid}:1:1`;
  let job = (await worker.getNextJob(token)) as BullJob;
  for (const value of ['A', 'B', 'C']) {
    const [data, id] = (await job.moveToCompleted(value, token, true)) as [never, string] | [];
    if (data) job = BullJob.fromJSON(worker, data, id);
  }
}

async function snapshot(queue: string, names: Names, uuid: string): Promise<KeySnapshot> {
  const found = await snapshotKeys(redis, `${prefix}:${queue}`, {
    names: { ...names, [uuid]: 'dispatcher' },
  });
  delete found['id'];
  // BullMQ leaves the marker of an empty lane, which wakes a worker in vain.
  delete found['marker'];
  const { events } = found;
  if (events)
    events.content = (events.content as string[]).map((event) =>
      event.replace(/ pb <dispatcher> ats 1$/, ''),
    );
  return found;
}

async function compare(
  name: string,
  put: (queue: string) => Promise<Names>,
): Promise<[ours: KeySnapshot, theirs: KeySnapshot]> {
  const [ours, theirs] = [`drover-${name}`, `bullmq-${name}`];
  const [ourNames, theirNames] = [await put(ours), await put(theirs)];
  const dispatcher = playDispatcher(context, ours);
  await byDrover(dispatcher);
  await byBullMq(theirs, dispatcher.uuid);
  return [
    await snapshot(ours, ourNames, dispatcher.uuid),
    await snapshot(theirs, theirNames, dispatcher.uuid),
  ];
}

it.each(Object.entries(settings))(
  'C5 jobs of a lane %s leave the keys and fields that BullMQ leaves',
  async (what, set) => {
    const [ours, theirs] = await compare(what.replace(/ /g, '-'), async (queue) => {
      const names = await putThree(queue);
      await set(queue);
      return names;
    });
    expect(ours).toEqual(theirs);
    expect(Object.keys(ours)).toContain('completed');
  },
);

it('C5 prioritized jobs run in their order, and leave what BullMQ leaves', async () => {
  const [ours, theirs] = await compare('prioritized', putPrioritized);
  expect(ours).toEqual(theirs);
  const events = (ours['events']?.content as string[]).filter((event) => /^event act/.test(event));
  expect(events.map((event) => /<(job \d)>/.exec(event)?.[1])).toEqual(['job 1', 'job 2', 'job 0']);
});

/** The fields that the record of a foreign job may miss, while it has a parent. */
it.each(['opts', 'timestamp', 'delay', 'priority'])(
  'C5 a foreign job with a parent and without %s releases the parent',
  async (missing) => {
    const queue = `foreign-${missing}`;
    const [parent, child] = await context.queue(queue).putAll([work.job('p'), work.job('c')]);
    const parentKey = keyIn(queue, parent?.id as string);
    const childKey = keyIn(queue, child?.id as string);
    await redis.lrem(keyIn(queue, 'wait'), 1, parent?.id as string);
    await redis.sadd(`${parentKey}:dependencies`, childKey);
    await redis.hdel(childKey, missing);
    await redis.hset(childKey, 'parentKey', parentKey);
    const { claimNow, completeAndClaim } = playDispatcher(context, queue);
    await completeAndClaim([[await claimNow(), 'C']], 1);
    expect(await redis.hgetall(`${parentKey}:processed`)).toEqual({ [childKey]: '"C"' });
  },
);
