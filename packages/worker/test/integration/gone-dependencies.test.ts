// Jobs whose dependencies another program removed: a reconcile pass finds that, and they go on (J5,
// J12, O6).
import { defineTask, joinJobs, type Job } from '@drover/core';
import { parallel, serial } from '@drover/composite';
import { waitForStatus } from '@drover/core/testing';
import { Queue as BullQueue } from 'bullmq';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { testContext } from '../../../../test/kit/context.js';
import { eventually } from '../../../../test/kit/wait.js';
import { dispatchersIn } from './dispatchers.js';

const context = testContext('gone-dependencies');
const { redis, prefix } = context;
const NAME = 'below';
const queue = context.queue(NAME);
const RECONCILED = { pingInterval: 100, deathInterval: 400 };
beforeAll(() => dispatchersIn(context).start(NAME, RECONCILED));
const SOON = { timeout: 20_000 };
/** In the lane that is emptied, where it never begins. */
const HELD = { lane: 'side', beginAfter: 3_600_000 };
const board = new BullQueue(`${NAME}/side`, { connection: { url: context.redisUrl }, prefix });
board.on('error', () => {});
cleanUpLater(() => board.close());

type New = Job<unknown, []>;
const runs: unknown[] = [];
beforeEach(() => runs.splice(0));
const work = defineTask('below.work', (...args: unknown[]) => (runs.push(args[0]), args[0]));
const follows = defineTask('below.follows', (job: New) => job);
const joins = defineTask('below.joins', (job: New) => joinJobs([job]));
const stops = defineTask('below.stops', (job: New) =>
  joinJobs([job, later()], { onFailure: 'stop' }),
);
const calls = defineTask('below.calls', (job: New) =>
  joinJobs([job], { then: work.job('then') as never }),
);
const later = (): New => work.job('later').with({ beginAfter: 3_600_000 }) as New;

/** The ways in which the lane is emptied. */
const ways: Record<string, (id: string) => Promise<unknown>> = {
  obliterate: () => board.obliterate({ force: true }),
  'empty (drain)': () => board.drain(true),
  clean: () => board.clean(0, 100, 'delayed'),
  remove: (id) => board.remove(id),
};

const REMOVED = { code: 'DROVER_REMOVED' };
async function waiting(jobs: readonly New[]): Promise<void> {
  for (const job of jobs) {
    await eventually(
      async () => (await redis.zscore(`${prefix}:${NAME}:waiting-children`, job.id)) !== null,
    );
  }
}

describe.each(Object.keys(ways))('%s in another lane', (way) => {
  it('J5, O6 all dependents of a job there end with a RemovedError', async () => {
    const job = (await queue.put(work.job('one'), HELD)) as New;
    const users = [follows, follows, joins, stops, calls, follows].map((task) =>
      task.job(job),
    ) as never as New[];
    await queue.putAll(users);
    await waiting(users);
    await ways[way]?.(job.id);
    const ends = await Promise.allSettled(users.map((user) => user.wait(SOON)));
    const [first, second, joined, stopped, called, last] = ends as never as {
      value: unknown;
      reason: unknown;
    }[];
    for (const end of [first, second, stopped, last]) expect(end?.reason).toMatchObject(REMOVED);
    expect(joined?.value).toEqual([expect.objectContaining(REMOVED)]);
    expect([called?.value, runs]).toEqual(['then', ['then']]);
  });
});

describe('obliterating another lane', () => {
  const obliterate = ways['obliterate'] as () => Promise<unknown>;

  it('J12, O6 ends the dependents of a part that was not stored yet', async () => {
    const part = work.job('part') as New;
    const album = serial([work.job('before'), part]);
    await queue.put(album as never as New, HELD);
    const users = [follows, follows, joins].map((task) => task.job(part)) as never as New[];
    await queue.putAll(users);
    await waiting(users);
    await obliterate();
    const ends = await Promise.allSettled(users.map((user) => user.wait(SOON)));
    const [first, second, joined] = ends as never as { value: unknown; reason: unknown }[];
    for (const end of [first, second]) expect(end?.reason).toMatchObject(REMOVED);
    expect(joined?.value).toEqual([expect.objectContaining(REMOVED)]);
    await expect(part.wait(SOON)).rejects.toThrow(/removed/);
    expect(await redis.keys(`${prefix}:*${part.id}*`)).toEqual([]);
  });

  it("J7, O6 ends the dependents of a callback, and of a callback's callback", async () => {
    const job = work.job('one') as New;
    const callback = await job.addCallback(work.job('called') as Job);
    const inner = await callback.addCallback(work.job('inner') as Job);
    await queue.put(job, HELD);
    const users = [callback, inner, inner].map((each) =>
      follows.job(each as never),
    ) as never as New[];
    await queue.putAll(users);
    await waiting(users);
    await obliterate();
    for (const user of users) await expect(user.wait(SOON)).rejects.toMatchObject(REMOVED);
    for (const each of [callback, inner])
      expect(await redis.keys(`${prefix}:*${each.id}*`)).toEqual([]);
    expect(runs).toEqual([]);
  });
});

it('J12, O6 a wait in another process ends without an event', async () => {
  const job = (await queue.put(work.job('one'), HELD)) as New;
  const unread = (await context.queue(NAME).get(job.id)) as New;
  const waits = [job.wait(SOON), unread.wait(SOON)];
  for (const wait of waits) wait.catch(() => {});
  // The waits have found the job by then.
  for (const value of [1, 2]) await (await queue.put(work.job(value) as New)).wait(SOON);
  await ways['obliterate']?.(job.id);
  for (const wait of waits) await expect(wait).rejects.toThrow(/was removed/);
});

it('J5, C1 reconcile passes leave jobs alone that are stored or may still come', async () => {
  const shared = (await queue.put(work.job('shared'), { lane: 'main', beginAfter: 1_200 })) as New;
  const album = serial([
    work.job('first').with({ beginAfter: 1_200 }),
    work.job('second'),
  ] as never) as never as New & {
    jobs: Job[];
  };
  const last = album.jobs[1] as New;
  const callback = await last.addCallback(work.job('called') as Job);
  const users = [shared, last, callback, shared].map((each) =>
    follows.job(each as never),
  ) as never as New[];
  const around = parallel([work.job('beside'), follows.job(shared)] as never) as never as New;
  await queue.putAll([album, around, ...users]);
  expect(await Promise.all(users.map((user) => user.wait(SOON)))).toEqual([
    'shared',
    'second',
    'called',
    'shared',
  ]);
  expect(await around.wait(SOON)).toEqual(['beside', 'shared']);
  await waitForStatus(album, 'completed', SOON);
});

it('O6, B1 damage among the dependencies of one job does not block another one', async () => {
  const job = (await queue.put(work.job('one'), HELD)) as New;
  const users = [follows, follows, follows, follows].map((task) => task.job(job)) as never as New[];
  await queue.putAll(users);
  await waiting(users);
  const [, odd, foreign] = users as [New, New, New, New];
  await redis.del(`${prefix}:${NAME}:${odd.id}:dependencies`);
  await redis.set(`${prefix}:${NAME}:${odd.id}:dependencies`, 'of another type');
  await redis.sadd(
    `${prefix}:${NAME}:${foreign.id}:dependencies`,
    'no key',
    '',
    `${prefix}:${NAME}:meta:x`,
  );
  await board.obliterate({ force: true });
  await expect(users[3]?.wait(SOON)).rejects.toMatchObject(REMOVED);
  await redis.del(`${prefix}:${NAME}:${odd.id}:dependencies`);
});
