// Waiting for, joining or following a removed job gives a RemovedError, and no job is made from a
// reference alone (J12).
import { defineTask, Failure, joinJobs, type Job } from '@drover/core';
import { parallel, serial } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { dispatchersIn } from '../../../../test/kit/dispatchers.js';
import { gate, type Gate } from '../../../../test/kit/gate.js';
import { eventually } from '../../../../test/kit/wait.js';
import { gather, give } from './dispatchers.js';

const context = testContext('gone-jobs');
const { redis, prefix } = context;
const dispatchers = dispatchersIn(context);
/** Served by no dispatcher, unless a test starts one. */
const idle = context.queue('idle');
const queue = context.queue('gone');
const SOON = { timeout: 20_000 };
beforeAll(() => dispatchers.start('gone'));

const runs: unknown[][] = [];
beforeEach(() => runs.splice(0));
const pay = defineTask('gone.pay', (...args: unknown[]) => runs.push(args));
const follow = defineTask('gone.follow', (job: Job) => job);
const join = defineTask('gone.join', (...jobs: Job<unknown, []>[]) => joinJobs(jobs));
const joinThen = defineTask('gone.joinThen', (job: Job<unknown, []>) =>
  joinJobs([job], { then: gather.job() as never }),
);
const joinStop = defineTask('gone.joinStop', (job: Job<unknown, []>) =>
  joinJobs([job, give.job(1).with({ beginAfter: 3_600_000 })], { onFailure: 'stop' }),
);
const REMOVED = { name: 'RemovedError', code: 'DROVER_REMOVED' };

/** The ways in which a job goes. */
const ways: Record<string, (job: Job) => Promise<unknown>> = {
  removed: (job) => idle.remove(job),
  pulled: () => idle.pull(0),
  'removed by retention': (job) => redis.unlink(`${prefix}:idle:${job.id}`),
};

describe.each(Object.keys(ways))('%s', (way) => {
  it.each([
    ['follows', follow, true],
    ['joins', join, false],
    ['joins, with a `then`,', joinThen, false],
    ["joins, with onFailure 'stop',", joinStop, true],
  ] as const)(
    'J12 a job that %s it gets a RemovedError, and the removed job does not run',
    async (_, task, fails) => {
      const job = await idle.put(pay.job(7), { beginAfter: 3_600_000 });
      await ways[way]?.(job);
      const user = await queue.put((task as typeof follow).job(job) as Job<unknown, []>);
      if (fails) await expect(user.wait(SOON)).rejects.toMatchObject(REMOVED);
      else expect(String(await user.wait(SOON))).toContain('RemovedError');
      expect(runs).toEqual([]);
      expect(await redis.exists(`${prefix}:idle:${job.id}`)).toBe(0);
    },
  );
});

it('J12, C2 a removed job is one failure among the joined results', async () => {
  const job = await idle.put(pay.job(7));
  await idle.remove(job);
  const there = await queue.put(give.job('there') as Job<unknown, []>);
  const results = (await (
    await queue.put(join.job(there, job, give.job('new') as Job<unknown, []>))
  ).wait(SOON)) as unknown[];
  expect(results).toEqual(['there', expect.any(Failure), 'new']);
});

describe('a job that is not stored yet', () => {
  /** Resolves when the job waits for others. */
  const waits = async ({ id }: Job): Promise<void> => {
    await eventually(async () => await redis.zscore(`${prefix}:gone:waiting-children`, id));
  };

  it.each(['serial', 'parallel'])(
    'J12, J5 a part of a %s that has not begun can be waited for, and runs once',
    async (kind) => {
      const name = `later-${kind}`;
      const later = context.queue(name);
      const deep = pay.job('deep');
      const parts = [pay.job('first'), parallel([deep])];
      const album = await later.put(kind === 'serial' ? serial(parts) : parallel(parts), {
        beginAfter: 0,
      });
      const callback = await deep.addCallback(pay.job('callback') as Job);
      const users = await queue.putAll([
        follow.job(parts[0] as Job) as Job<unknown, []>,
        follow.job(deep) as Job<unknown, []>,
        follow.job(callback) as Job<unknown, []>,
        join.job(...(parts as Job<unknown, []>[])) as Job<unknown, []>,
        follow.job(album.jobs[1] as Job) as Job<unknown, []>,
      ]);
      for (const user of users) await waits(user);
      await dispatchers.start(name);
      await album.wait(SOON);
      const ended = await Promise.all(users.map((user) => user.wait(SOON)));
      const results = await Promise.all(
        [parts[0], deep, callback].map(async (job) => (await job?.refresh())?.result),
      );
      const [first, second, third] = results;
      expect(ended).toEqual([first, second, third, [first, [second]], [second]]);
      expect(runs).toHaveLength(3);
      // No note of the waiting jobs is left.
      for (const job of [...parts, deep, callback]) {
        expect(await redis.hmget(`${prefix}:${name}:${job.id}`, 'dependents', 'expected')).toEqual([
          null,
          null,
        ]);
      }
    },
  );

  it.each(['removed', 'cancelled', 'stopped'])(
    'J12 when its composite is %s, dependents get a RemovedError, and no key is left',
    async (how) => {
      const later = context.queue(`origin-${how}`);
      const fails = defineTask(`gone.fails-${how}`, () => {
        throw new RangeError('first');
      });
      const [deep, last] = [pay.job('deep'), pay.job('last')];
      const inner = parallel([deep]);
      const album = await later.put(serial([fails.job(), inner, last], { onFailure: 'stop' }));
      const users = await queue.putAll(
        [deep, last, inner].map((job) => follow.job(job) as Job<unknown, []>),
      );
      for (const user of users) await waits(user);
      if (how === 'removed') await later.remove(album);
      if (how === 'cancelled') await album.cancel();
      if (how !== 'removed') await dispatchers.start(later.name);
      for (const user of users) await expect(user.wait(SOON)).rejects.toMatchObject(REMOVED);
      expect(runs).toEqual([]);
      for (const { id } of [deep, last, inner])
        expect(await redis.exists(`${prefix}:${later.name}:${id}`)).toBe(0);
    },
  );

  it('J12 a callback of a removed job, and its pick, give a RemovedError', async () => {
    const job = pay.job(1);
    const picked = pay.job('picked');
    const picker = await job.addCallbacks({ success: picked as never });
    await idle.put(job, { beginAfter: 3_600_000 });
    const users = await queue.putAll(
      [picked, picker].map((one) => follow.job(one as Job) as Job<unknown, []>),
    );
    for (const user of users) await waits(user);
    await idle.remove(job);
    for (const user of users) await expect(user.wait(SOON)).rejects.toMatchObject(REMOVED);
    expect(runs).toEqual([]);
  });

  it('J12 the job that a callback did not pick gives a RemovedError', async () => {
    const job = pay.job(1);
    const [success, failure] = [pay.job('success'), pay.job('failure')];
    await job.addCallbacks({ success: success as never, failure: failure as never });
    const later = context.queue('picks');
    await later.put(job);
    const users = await queue.putAll(
      [success, failure].map((one) => follow.job(one) as Job<unknown, []>),
    );
    for (const user of users) await waits(user);
    await dispatchers.start('picks');
    expect(await users[0]?.wait(SOON)).toBe(2);
    await expect(users[1]?.wait(SOON)).rejects.toMatchObject(REMOVED);
  });

  let finish: Gate;
  let isToFail = false;
  it.each([false, true])(
    'J12, J6 an uncommitted put of a run can be waited for (the run fails: %s)',
    async (fails) => {
      finish = gate();
      isToFail = fails;
      const made = gate();
      let user: Job | undefined;
      const puts = defineTask(`gone.puts-${fails}`, async () => {
        const job = await queue.put(pay.job('held'));
        user = await queue.put(follow.job(job) as Job<unknown, []>, { immediate: true });
        made.open();
        await finish.opened;
        if (isToFail) throw new RangeError('as told');
      });
      await queue.put(puts.job());
      await made.opened;
      await waits(user as Job);
      finish.open();
      if (fails) await expect(user?.wait(SOON)).rejects.toMatchObject(REMOVED);
      else expect(await user?.wait(SOON)).toBe(1);
      expect(runs).toHaveLength(fails ? 0 : 1);
    },
  );

  it('J12 an interrupt of the waiting job changes nothing', async () => {
    const name = 'interrupted';
    const later = context.queue('later-interrupted');
    const dispatcher = await dispatchers.start(name);
    const part = pay.job('part');
    await later.put(serial([part]));
    const user = await context.queue(name).put(join.job(part) as Job<unknown, []>);
    await eventually(async () => await redis.zscore(`${prefix}:${name}:waiting-children`, user.id));
    await dispatcher.deactivate();
    await dispatchers.start(name);
    await eventually(async () => (await user.refresh()).interruptions === 1);
    await dispatchers.start(later.name);
    expect(await user.wait(SOON)).toEqual([1]);
  });
});
