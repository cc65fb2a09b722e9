// Jobs with a priority: where they stand, and in which order they are claimed (Q7).
import { defineTask, type Job } from '@drover/core';
import { Queue as BullQueue } from 'bullmq';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { testContext } from '../../../../test/kit/context.js';
import { snapshotKeys, type KeySnapshot } from '../../../../test/kit/key-snapshot.js';
import { newStoredJob } from '../../../../test/kit/store.js';
import { playDispatcher, type PlayedDispatcher } from './play-dispatcher.js';

const context = testContext('priority');
const { redis, prefix } = context;
const work = defineTask('priority.work', (value: unknown) => value);
const base = (queue: string): string => `${prefix}:${queue}`;
const idsOf = (jobs: readonly { id: string }[]): string[] => jobs.map(({ id }) => id);

/** New jobs with these priorities; undefined for none. */
const withPriorities = (...priorities: (number | undefined)[]): Job[] =>
  priorities.map((priority, i) =>
    work.job(i).with(priority === undefined ? {} : { priority }),
  ) as Job[];

async function claimAll({ claim }: PlayedDispatcher): Promise<string[]> {
  const ids: string[] = [];
  for (let job = await claim(); job; job = await claim()) ids.push(job.id);
  return ids;
}

/** In the order in which they run, as the queue lists them. */
const listed = async (queue: string): Promise<string[]> =>
  idsOf(await context.queue(queue).jobs({ status: 'pending' }));

/** Sets the due times of delayed jobs into the past, one ms apart. */
async function makeDue(queue: string, jobs: readonly Job[]): Promise<void> {
  const due = Number((await redis.time())[0]) * 1_000 - jobs.length;
  const scores = jobs.flatMap(({ id }, i) => [String((due + i) * 0x1000), id]);
  await redis.zadd(`${base(queue)}:delayed`, ...scores);
}

it.each([1, 4])(
  'Q7 in hands of %i, no priority is first, then 1 before 2, each FIFO',
  async (most) => {
    const name = `mixed-${most}`;
    const jobs = withPriorities(2, undefined, 1, 2, 2_097_151, 0, 1, 10);
    await context.queue(name).putAll(jobs);
    const [a, b, c, d, last, e, f, ten] = idsOf(jobs) as [string, ...string[]];
    const inOrder = [b, e, c, f, a, d, ten, last];
    expect(await listed(name)).toEqual(inOrder);
    expect(await context.queue(name).length()).toBe(8);
    const dispatcher = playDispatcher(context, name);
    const claimed: string[] = [];
    while (claimed.length < jobs.length) {
      const hand = await dispatcher.completeAndClaim([], most);
      expect(hand.claimed).toHaveLength(most);
      claimed.push(...hand.claimed.flatMap(({ job }) => job?.id ?? []));
    }
    expect(claimed).toEqual(inOrder);
    expect(await dispatcher.claim()).toBeUndefined();
    expect(await context.queue(name).length()).toBe(0);
  },
);

/** After puts by Drover or by BullMQ. */
async function snapshot(queue: string, ids: readonly string[]): Promise<KeySnapshot> {
  const names = Object.fromEntries(ids.map((id, i) => [id, `job ${i}`]));
  const found = await snapshotKeys(redis, base(queue), { names, without: ['opts'] });
  delete found['id'];
  // BullMQ's object writes its version there.
  if (found['meta']) delete (found['meta'].content as { version?: string }).version;
  return found;
}

it('C5, Q7 puts leave the keys and fields that BullMQ leaves', async () => {
  const jobs = withPriorities(5, 1, undefined, 5, 2_097_151);
  for (const job of jobs) await context.queue('drover').put(job);
  const bull = new BullQueue('bullmq', { connection: { url: context.redisUrl }, prefix });
  cleanUpLater(() => bull.close());
  for (const { id, options, args } of jobs) {
    const { priority } = options;
    await bull.add(work.name, args, { jobId: id, ...(priority !== undefined && { priority }) });
  }
  const [ours, theirs] = [
    await snapshot('drover', idsOf(jobs)),
    await snapshot('bullmq', idsOf(jobs)),
  ];
  expect(ours).toEqual(theirs);
  expect(Object.keys(ours)).toEqual(
    expect.arrayContaining(['prioritized', 'pc', 'wait', 'marker']),
  );
  const own = new BullQueue('drover', { connection: { url: context.redisUrl }, prefix });
  cleanUpLater(() => own.close());
  expect(await own.getCountsPerPriority([0, 1, 5])).toEqual({ 0: 1, 1: 1, 5: 2 });
  expect((await own.getJob(jobs[0]?.id as string))?.opts.priority).toBe(5);
  expect(await own.getJobState(jobs[0]?.id as string)).toBe('prioritized');
});

it('Q4, Q7 jobs that are given back go to the head of their priority, in their order', async () => {
  const jobs = withPriorities(1, 2, 2, 2, 3);
  await context.queue('back').putAll(jobs);
  const dispatcher = playDispatcher(context, 'back');
  const { claimed } = await dispatcher.completeAndClaim([], 3);
  const hand = claimed.flatMap(({ job }) => job ?? []);
  expect(idsOf(hand)).toEqual(idsOf(jobs.slice(0, 3)));
  const urgent = await context.queue('back').put(work.job('urgent'));
  await redis.del(`${base('back')}:marker`);
  await dispatcher.store.hand({ ended: [], back: hand, tokens: [] });
  expect(await redis.zscore(`${base('back')}:marker`, '0')).toBe('0');
  expect(await claimAll(dispatcher)).toEqual([urgent.id, ...idsOf(jobs)]);
});

it('Q4, Q7 a retried job keeps its priority, at once and after a time', async () => {
  const queue = context.queue('retried');
  const jobs = withPriorities(2, 2, 3, undefined);
  await queue.putAll(jobs);
  const dispatcher = playDispatcher(context, 'retried');
  const [plain, first, second] = [
    await dispatcher.claimNow(),
    await dispatcher.claimNow(),
    await dispatcher.claimNow(),
  ];
  await dispatcher.store.retry(second, 3_600_000, { policyData: {} });
  await makeDue('retried', [jobs[1] as Job]);
  await dispatcher.store.retry(first, 0, { policyData: {} });
  const late = withPriorities(2, 1);
  await queue.putAll(late);
  await dispatcher.complete(plain, 1);
  expect(await claimAll(dispatcher)).toEqual(
    idsOf([late[1], jobs[0], jobs[1], late[0], jobs[2]] as Job[]),
  );
});

it('O3, Q7 a job that failed runs again behind the others of its priority', async () => {
  const queue = context.queue('failed');
  const [failed, other, last] = withPriorities(2, 2, 3) as [Job, Job, Job];
  await queue.put(failed);
  const dispatcher = playDispatcher(context, 'failed');
  await dispatcher.fail(await dispatcher.claimNow(), new Error('broken'));
  await queue.putAll([last, other]);
  await failed.retry();
  expect(await claimAll(dispatcher)).toEqual(idsOf([other, failed, last]));
});

it.each<[string, (queue: string) => Promise<unknown>]>([
  ['as it was made', () => Promise.resolve()],
  ['with a limit of BullMQ', (queue) => redis.hset(`${base(queue)}:meta`, 'concurrency', 100)],
])(
  'Q1, Q7 due jobs come in the order of their times in their priority, in a lane %s',
  async (what, set) => {
    const name = `due-${what.replace(/ /g, '-')}`;
    const queue = context.queue(name);
    const before = withPriorities(2, 7);
    await queue.putAll(before);
    await set(name);
    const dues = withPriorities(2, undefined, 1, 2);
    await queue.putAll([...dues].reverse(), { beginAfter: 3_600_000 });
    await makeDue(name, dues);
    const [two, plain, one, two2] = dues;
    const dispatcher = playDispatcher(context, name);
    expect((await dispatcher.claimNow()).id).toBe(plain?.id);
    const after = withPriorities(2, 1);
    await queue.putAll(after);
    expect(await claimAll(dispatcher)).toEqual(
      idsOf([one, after[1], before[0], two, two2, after[0], before[1]] as Job[]),
    );
  },
);

it('Q3, Q7 pull counts in the order in which jobs run, and remove finds them', async () => {
  const queue = context.queue('pulled');
  const jobs = withPriorities(3, 1, undefined, 2);
  await queue.putAll(jobs);
  const [three, one, none, two] = jobs as [Job, Job, Job, Job];
  const pulled = [await queue.pull(1), await queue.pull(-1)] as [Job, Job];
  expect(idsOf(pulled)).toEqual(idsOf([one, three]));
  await queue.remove(two);
  expect(await listed('pulled')).toEqual([none.id]);
  expect(await queue.length()).toBe(1);
  // A pulled job keeps its options.
  await queue.putAll([...pulled, two]);
  expect(await listed('pulled')).toEqual(idsOf([none, one, two, three]));
  expect(await redis.zcard(`${base('pulled')}:prioritized`)).toBe(3);
});

it('O1, Q7 a cancel finds a job with a priority', async () => {
  const [job] = withPriorities(4) as [Job];
  await context.queue('cancelled').put(job);
  await job.cancel('no need');
  expect(await redis.zcard(`${base('cancelled')}:prioritized`)).toBe(0);
  expect(await playDispatcher(context, 'cancelled').claim()).toBeUndefined();
});

/** Claims the first job of a lane, and lets it wait for new children. */
async function claimToWait(
  dispatcher: PlayedDispatcher,
  children: readonly Job[],
  inOrder: boolean,
): Promise<void> {
  const claim = await dispatcher.claimNow();
  const schedule = { jobs: children.map(newStoredJob), inOrder, then: undefined };
  await dispatcher.store.schedule(claim, schedule, Date.now());
  await dispatcher.store.suspend(claim, dispatcher.owner);
}

it('Q7 a job that waits for others is claimed first when it is woken, by whichever end', async () => {
  for (const how of ['value', 'failure'] as const) {
    const name = `woken-${how}`;
    const queue = context.queue(name);
    const [root] = withPriorities(9) as [Job];
    await queue.put(root);
    const dispatcher = playDispatcher(context, name);
    const part = work.job('part');
    await claimToWait(dispatcher, [part], false);
    const partClaim = await dispatcher.claimNow();
    // A part has the priority of its composite.
    expect(await redis.hget(`${base(name)}:${part.id}`, 'priority')).toBe('9');
    await queue.put(work.job('other'));
    if (how === 'value') await dispatcher.completeAndClaim([[partClaim, 1]], 0);
    else await dispatcher.fail(partClaim, new Error('broken'));
    expect((await dispatcher.claimNow()).id).toBe(root.id);
  }
});

it.each(['value', 'failure'] as const)(
  'Q7 the next part of a chain is before the others of its priority, after the %s of the one before',
  async (how) => {
    const name = `chain-${how}`;
    const queue = context.queue(name);
    const [root] = withPriorities(5) as [Job];
    await queue.put(root);
    const dispatcher = playDispatcher(context, name);
    const second = work.job('second');
    await claimToWait(dispatcher, [work.job('first'), second], true);
    const firstClaim = await dispatcher.claimNow();
    const others = withPriorities(5, 4);
    await queue.putAll(others);
    if (how === 'value') await dispatcher.completeAndClaim([[firstClaim, 1]], 0);
    else await dispatcher.fail(firstClaim, new Error('broken'));
    expect(await claimAll(dispatcher)).toEqual(idsOf([others[1], second, others[0]] as Job[]));
  },
);

it('B1, Q7 a damaged record among the jobs with a priority stops no other one', async () => {
  const queue = context.queue('damaged');
  const jobs = withPriorities(1, 2, 3);
  await queue.putAll(jobs);
  await redis.hset(`${base('damaged')}:${jobs[1]?.id}`, 'opts', '{"priority":"x"');
  const dispatcher = playDispatcher(context, 'damaged');
  expect((await dispatcher.claimNow()).id).toBe(jobs[0]?.id);
  const { job, damaged } = await dispatcher.store.claim(`${dispatcher.uuid}:1:99`);
  expect([job, damaged?.id]).toEqual([undefined, jobs[1]?.id]);
  expect((await dispatcher.claimNow()).id).toBe(jobs[2]?.id);
});

it('O6, Q7 a priority that a dashboard of BullMQ changes is kept when the job is put back', async () => {
  const queue = context.queue('changed');
  const jobs = withPriorities(undefined, 2, 3);
  await queue.putAll(jobs);
  const bull = new BullQueue('changed', { connection: { url: context.redisUrl }, prefix });
  cleanUpLater(() => bull.close());
  await (await bull.getJob(jobs[0]?.id as string))?.changePriority({ priority: 5 });
  await (await bull.getJob(jobs[2]?.id as string))?.changePriority({ priority: 1 });
  expect(await listed('changed')).toEqual(idsOf([jobs[2], jobs[1], jobs[0]] as Job[]));
  const dispatcher = playDispatcher(context, 'changed');
  const claims = [
    await dispatcher.claimNow(),
    await dispatcher.claimNow(),
    await dispatcher.claimNow(),
  ];
  for (const claim of claims) await dispatcher.store.putBack(claim);
  expect(await claimAll(dispatcher)).toEqual(idsOf(claims));
});

it('Q7, Q11 jobs with a priority are counted as due, and drained', async () => {
  const queue = context.queue('drained');
  await queue.putAll(withPriorities(3, undefined, 1));
  expect(await queue.counts()).toMatchObject({ pending: 3, due: 3, delayed: 0 });
  await queue.drain();
  expect(await queue.counts()).toMatchObject({ pending: 0, due: 0 });
  expect(await redis.exists(`${base('drained')}:prioritized`)).toBe(0);
});
