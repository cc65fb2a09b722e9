// Dependencies that several jobs share, and jobs that cannot be waited for (J5).
import { defineTask, Failure, joinJobs, local, type Job } from '@drover/core';
import { parallel, serial } from '@drover/composite';
import { waitForStart } from '@drover/core/testing';
import { testContext } from '../../../../test/kit/context.js';
import { dispatchersIn, hasStarted } from '../../../../test/kit/dispatchers.js';
import { gate, type Gate } from '../../../../test/kit/gate.js';
import { eventually } from '../../../../test/kit/wait.js';
import { abortAlways } from '../../../../test/kit/tasks.js';
import { fail, gather, give } from './dispatchers.js';

const context = testContext('composite-shared-jobs');
const { redis, prefix } = context;
const dispatchers = dispatchersIn(context);
const queue = context.queue('shared');
const elsewhere = context.queue('elsewhere');
beforeAll(async () => {
  await dispatchers.start('shared');
  await dispatchers.start('elsewhere');
});

/** Returns the job that it gets. */
const returns = defineTask('shared.returns', (job: Job): Job => job);
/** Joins the jobs that it gets. */
const joins = defineTask('shared.joins', (...jobs: Job[]) => joinJobs(jobs));

let finish: Gate;
const open = (): void => finish.open();
beforeEach(() => {
  finish = gate();
});
const gated = defineTask('shared.gated', async (value: unknown) => {
  await finish.opened;
  return value;
});
const failsLate = defineTask('shared.failsLate', async () => {
  await finish.opened;
  throw new RangeError('too late');
});

const failsAtFirst = defineTask('shared.failsAtFirst', async () => {
  await finish.opened;
  if (local.fence === 1) throw new RangeError('at first');
  return 'second';
});
const side = gate();
const beside = defineTask('shared.beside', () => side.opened.then(() => 'beside'));

/** Resolves when the job waits for others. */
async function waits(job: Job, name = 'shared'): Promise<void> {
  await eventually(async () => await redis.zscore(`${prefix}:${name}:waiting-children`, job.id));
}

/** The stored dependents of a job. */
const dependentsOf = (job: Job): Promise<string | null> =>
  redis.hget(`${prefix}:shared:${job.id}`, 'dependents');

it('J5 a job that two others return runs once, and both get its result', async () => {
  const shared = await queue.put(gated.job('once'));
  await waitForStart(shared);
  const both = await queue.putAll([returns.job(shared), returns.job(shared)]);
  for (const job of both) await waits(job);
  open();
  expect(await Promise.all(both.map((job) => job.wait()))).toEqual(['once', 'once']);
  expect(await dependentsOf(shared)).toBeNull();
});

it('J5 a job that two others return fails both of them', async () => {
  const shared = await queue.put(failsLate.job());
  const both = await queue.putAll([returns.job(shared), returns.job(shared)]);
  for (const job of both) await waits(job);
  open();
  for (const job of both) await expect(job.wait()).rejects.toThrow('too late');
});

it('J5 a part can be returned while it runs, before it begins, and after its end', async () => {
  const [running, later] = [gated.job('running'), give.job('later')];
  const album = await queue.put(serial([running, later], { postprocess: gather.job() }));
  await waitForStart(running);
  const early = await queue.putAll([returns.job(running), returns.job(later)]);
  for (const job of early) await waits(job);
  open();
  expect(await Promise.all(early.map((job) => job.wait()))).toEqual(['running', 'later']);
  expect(await (await queue.put(joins.job(running, later))).wait()).toEqual(['running', 'later']);
  expect(await album.wait()).toEqual([
    ['shared.gated', 'completed', 'running'],
    ['composite.give', 'completed', 'later'],
  ]);
});

it('J5 many jobs can wait for one job, also several times', async () => {
  const shared = await queue.put(gated.job('all'));
  const first = await queue.put(joins.job(shared));
  await waits(first);
  const others = await queue.putAll(Array.from({ length: 20 }, () => joins.job(shared, first)));
  for (const job of others) await waits(job);
  open();
  for (const job of others) expect(await job.wait()).toEqual(['all', ['all']]);
});

it('J5 a join with a `then` may share a job with others', async () => {
  const shared = await queue.put(gated.job('s'));
  await waits(await queue.put(returns.job(shared)));
  const joinsThen = defineTask('shared.joinsThen', (job: Job) =>
    joinJobs([job, give.job(2)], { then: gather.job() }),
  );
  const job = await queue.put(joinsThen.job(shared));
  await waits(job);
  open();
  expect(await job.wait()).toEqual([
    ['shared.gated', 'completed', 's'],
    ['composite.give', 'completed', 2],
  ]);
});

it('J5 a callback of another job can be returned', async () => {
  const job = await queue.put(gated.job('value'));
  const callback = await job.addCallback(
    defineTask('shared.callback', (value: unknown) => [value]).job() as Job,
  );
  const waiting = await queue.put(returns.job(callback));
  await waits(waiting);
  open();
  expect(await waiting.wait()).toEqual(['value']);
  await job.wait();
});

it('J5 the dependents of a job wait for its callbacks too', async () => {
  const shared = await queue.put(gated.job('slow'));
  const both = await queue.putAll([returns.job(shared), returns.job(shared)]);
  for (const job of both) await waits(job);
  const callback = await shared.addCallback(give.job('callback') as Job);
  open();
  expect(await Promise.all(both.map((job) => job.wait()))).toEqual(['slow', 'slow']);
  expect((await callback.refresh()).result).toBe('callback');
});

it('J5 a job of another queue can be returned by two others', async () => {
  const shared = await elsewhere.put(gated.job('far'));
  const both = await queue.putAll([returns.job(shared), returns.job(shared)]);
  for (const job of both) await waits(job);
  open();
  expect(await Promise.all(both.map((job) => job.wait()))).toEqual(['far', 'far']);
});

it('Q3 removing a job wakes both of its dependents', async () => {
  const shared = await queue.put(give.job('never'), { beginAfter: 60_000 });
  const both = await queue.putAll([returns.job(shared), joins.job(shared)]);
  for (const job of both) await waits(job);
  await queue.remove(shared);
  await expect(both[0]?.wait()).rejects.toMatchObject({ name: 'RemovedError' });
  expect(await both[1]?.wait()).toEqual([expect.any(Failure)]);
});

it('C2 abandoning a part wakes its other dependents', async () => {
  const part = give.job('never').with({ beginAfter: 60_000 });
  const stopped = await queue.put(parallel([part, failsLate.job()], { onFailure: 'stop' }));
  await waits(stopped);
  const waiting = await queue.put(returns.job(part));
  await waits(waiting);
  open();
  await expect(stopped.wait()).rejects.toThrow('too late');
  await expect(waiting.wait()).rejects.toMatchObject({ name: 'RemovedError' });
});

it('J5 an aborted dependent leaves the job and the other dependent alone', async () => {
  const shared = await queue.put(gated.job('stays'));
  const stays = await queue.put(returns.job(shared));
  await waits(stays);
  const name = 'aborted';
  const dispatcher = await dispatchers.start(name);
  const aborted = await context.queue(name).put(returns.job(shared), { retryPolicy: abortAlways });
  await waits(aborted, name);
  await dispatcher.deactivate();
  await dispatchers.start(name);
  await expect(aborted.wait()).rejects.toMatchObject({ name: 'AbortedError' });
  expect(JSON.parse((await dependentsOf(shared)) ?? '[]')).toEqual([]);
  open();
  expect(await stays.wait()).toBe('stays');
  expect((await shared.refresh()).result).toBe('stays');
});

it('I2 an interrupted dependent waits on', async () => {
  const shared = await queue.put(gated.job('later'));
  const first = await queue.put(returns.job(shared));
  await waits(first);
  const name = 'interrupted';
  const dispatcher = await dispatchers.start(name);
  const waiting = await context.queue(name).put(returns.job(shared));
  await waits(waiting, name);
  await dispatcher.deactivate();
  await dispatchers.start(name);
  await eventually(async () => (await waiting.refresh()).interruptions === 1);
  open();
  expect(await waiting.wait()).toBe('later');
  expect(await first.wait()).toBe('later');
});

it('I2 the dependents of an interrupted job wait on', async () => {
  const name = 'shared-interrupted';
  const dispatcher = await dispatchers.start(name);
  const untilStopped = defineTask('shared.untilStopped', async () => {
    if (local.fence > 1) return 'second run';
    await new Promise((_, reject) =>
      local.signal.addEventListener('abort', () => reject(new Error('stopped'))),
    );
    return 'first run';
  });
  const shared = untilStopped.job();
  const started = hasStarted(dispatcher, shared);
  await context.queue(name).put(shared);
  await started;
  const both = await queue.putAll([returns.job(shared), returns.job(shared)]);
  for (const job of both) await waits(job);
  await dispatcher.deactivate();
  await dispatchers.start(name);
  expect(await Promise.all(both.map((job) => job.wait()))).toEqual(['second run', 'second run']);
});

describe('J5 a circular wait is refused', () => {
  const CANNOT = {
    name: 'BadStatusError',
    message: expect.stringMatching(/a job that it is to wait for waits for it/),
  };

  it('J5 of a part that returns its composite', async () => {
    const part: { job?: Job } = {};
    const returnsAbove = defineTask('shared.returnsAbove', () => part.job);
    const inner = returnsAbove.job();
    part.job = serial([inner, give.job(2)]);
    await queue.put(part.job);
    await expect(inner.wait()).rejects.toMatchObject(CANNOT);
    expect(await part.job.wait()).toEqual([expect.any(Failure), 2]);
  });

  it('J5 of a part that returns the next one, and a callback that returns its job', async () => {
    const next = give.job('next');
    const row = await queue.put(serial([returns.job(next), next]));
    expect(await row.wait()).toEqual([expect.objectContaining(CANNOT), 'next']);

    const job = give.job('job');
    const callback = await job.addCallback(defineTask('shared.returnsJob', () => job).job() as Job);
    await queue.put(job);
    await job.wait();
    await expect(callback.wait()).rejects.toMatchObject(CANNOT);
  });

  it('J5 of two jobs that return each other, and three in a ring', async () => {
    const ring = defineTask('shared.ring', async (index: number) => {
      await finish.opened;
      return jobs[(index + 1) % jobs.length] as Job;
    });
    let jobs: Job[] = [];
    for (const count of [2, 3]) {
      // Each waits until its handle, which this process shares with it, knows that it was put.
      finish = gate();
      jobs = Array.from({ length: count }, (_, index) => ring.job(index) as Job);
      await queue.putAll(jobs);
      open();
      const ends = await Promise.allSettled(jobs.map((job) => job.wait()));
      expect(ends).toEqual(
        jobs.map(() => ({ status: 'rejected', reason: expect.objectContaining(CANNOT) })),
      );
    }
  });
});

it('C2 a shared job that fails stops only the dependent that asks for it', async () => {
  const shared = await queue.put(failsLate.job());
  const goesOn = await queue.put(joins.job(shared));
  await waits(goesOn);
  const stops = defineTask('shared.stops', (job: Job) =>
    joinJobs([job, fail.job('x')].slice(0, 1), { onFailure: 'stop' }),
  );
  const stopped = await queue.put(stops.job(shared));
  await waits(stopped);
  open();
  await expect(stopped.wait()).rejects.toThrow('too late');
  expect(await goesOn.wait()).toEqual([expect.any(Failure)]);
});

it.each([true, false])(
  'C2, J5 a failed shared job stops a dependent whose other parts wait (then: %s)',
  async (hasThen) => {
    const shared = failsLate.job();
    const album = await queue.put(parallel([shared]));
    await waitForStart(shared);
    const later = give.job('later').with({ beginAfter: 3_600_000 });
    const end = gather.job('not called');
    const stops = defineTask(`shared.stopsRest-${hasThen}`, (job: Job) =>
      joinJobs([job, later] as Job[], { onFailure: 'stop', ...(hasThen && { then: end as Job }) }),
    );
    const stopped = await queue.put(stops.job(shared));
    await waits(stopped);
    open();
    await expect(stopped.wait({ timeout: 20_000 })).rejects.toThrow('too late');
    for (const one of [later, end]) expect(await queue.get(one.id)).toBeUndefined();
    expect(await album.wait()).toEqual([expect.any(Failure)]);
  },
);

it('J5, O3 a dependent gives its only slot to a dependency that is retried', async () => {
  const again = context.queue('again');
  const many = await dispatchers.start('again', { size: 3 });
  await dispatchers.start('again', { queues: { again: { side: { size: 1, lanes: ['side'] } } } });
  const shared = failsAtFirst.job();
  const album = await again.put(parallel([shared]));
  await waitForStart(shared);
  const joining = await again.put(joins.job(shared, beside.job().with({ lane: 'side' })));
  await waits(joining, 'again');
  open();
  await album.wait();
  await many.deactivate();
  await shared.retry();
  side.open();
  // The dependent is woken, and stands before its dependency.
  await eventually(
    async () => (await redis.lrange(`${prefix}:again:wait`, -1, -1))[0] === joining.id,
  );
  await dispatchers.start('again', { size: 1 });
  expect(await joining.wait({ timeout: 20_000 })).toEqual(['second', 'beside']);
});
