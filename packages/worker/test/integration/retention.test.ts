// Completed jobs are kept by age and count; all keys of a job go with it (J9).
import { parallel, serial } from '@drover/composite';
import { defineTask, Failure, joinJobs, type Job } from '@drover/core';
import { MAIN_LANE, SYSTEM_LANE } from '@drover/core/internal';
import { trimByOutcome, trimCompleted } from '../../../../test/kit/store.js';
import { testContext } from '../../../../test/kit/context.js';
import { eventually } from '../../../../test/kit/wait.js';
import { dispatchersIn } from './dispatchers.js';
import { gate } from '../../../../test/kit/gate.js';

const context = testContext('retention');
const dispatchers = dispatchersIn(context);
const give = defineTask('retention.give', (value: unknown) => value);
const fail = defineTask('retention.fail', () => {
  throw new Error('no');
});
const returned = defineTask('retention.returned', () => Failure.from(new Error('no')));
const BOTH = [MAIN_LANE, 'slow'];
const joins = defineTask('retention.joins', (...jobs: Job[]) => joinJobs(jobs));
const last = defineTask('retention.last', (...jobs: unknown[]) => jobs.length);
const trim = async (queue: string, keep: { age?: number; count?: number }): Promise<number> =>
  await trimCompleted(context.redis, context.prefix, queue, [SYSTEM_LANE, MAIN_LANE], {
    age: Infinity,
    count: Infinity,
    ...keep,
  });
/** The keys of jobs: their names contain a UUID. */
const jobKeys = async (queue: string): Promise<string[]> =>
  (await context.redis.keys(`${context.prefix.replace(/[{}]/g, '?')}:${queue}*`)).filter((key) =>
    /[0-9a-f]{12}/.test(key),
  );

async function ended(queue: string, jobs: readonly Job[]): Promise<void> {
  await context.queue(queue).putAll(jobs);
  await dispatchers.start(queue, { size: 1 });
  for (const job of jobs) await job.wait().catch(() => {});
}

/** Sets the ends of the jobs to times one ms apart, in this order. */
async function atTimes(queue: string, jobs: readonly Job[], start: number): Promise<void> {
  for (const [i, { id }] of jobs.entries()) {
    for (const lane of [queue, `${queue}/slow`])
      for (const set of ['completed', 'failed'])
        await context.redis.zadd(`${context.prefix}:${lane}:${set}`, 'XX', start + i, id);
  }
}

it('J9 the newest are kept by count, of each outcome, and a composite counts once', async () => {
  const composite = parallel([give.job(1), serial([give.job(2), fail.job()])], {
    postprocess: last.job(),
  });
  const jobs = [give.job(0), fail.job(), composite, give.job(3), fail.job()];
  await ended('count', jobs);
  await atTimes('count', jobs, Date.now());
  expect(await trim('count', { count: 3 })).toBe(0);
  expect(await trim('count', { count: 2 })).toBe(1);
  const queue = context.queue('count');
  expect(await queue.get((jobs[0] as Job).id)).toBeUndefined();
  for (const job of [...jobs.slice(1), ...composite.jobs])
    expect((await queue.get(job.id))?.status).toBe('completed');
  await expect(jobs[0]?.refresh()).resolves.toBeDefined();
});

it('J9 failures are not pushed out by successes, nor successes by failures', async () => {
  const lane = { lane: 'slow' };
  const failing = parallel([give.job(1), fail.job()], { onFailure: 'stop' });
  const jobs = [
    ...[fail.job(), give.job(0), failing, returned.job(), fail.job().with(lane)],
    ...[give.job(1), give.job(2), give.job(3).with(lane), fail.job()],
  ];
  const queue = context.queue('outcomes');
  await queue.putAll(jobs);
  await dispatchers.start('outcomes', { queues: { outcomes: { main: { size: 1, lanes: BOTH } } } });
  for (const job of jobs) await job.wait().catch(() => {});
  await atTimes('outcomes', jobs, Date.now());
  const left = async () => {
    const stored = await Promise.all(jobs.map((job) => queue.get(job.id)));
    return jobs.flatMap((_, i) => (stored[i] ? [i] : []));
  };
  const none = { age: Infinity, count: Infinity };
  const trimTo = (keep: { succeeded?: object; failed?: object }) =>
    trimByOutcome(context.redis, context.prefix, 'outcomes', [SYSTEM_LANE, ...BOTH], {
      succeeded: { ...none, ...keep.succeeded },
      failed: { ...none, ...keep.failed },
    });
  expect(await trimTo({ succeeded: { count: 2 } })).toBe(2);
  expect(await left()).toEqual([0, 2, 3, 4, 6, 7, 8]);
  // A composite that failed goes with the part that succeeded; a returned Failure is a failure.
  expect(await trimTo({ failed: { count: 2 } })).toBe(5);
  expect(await left()).toEqual([4, 6, 7, 8]);
  expect(await trimTo({ failed: { age: 0 } })).toBe(2);
  expect(await left()).toEqual([6, 7]);
});

it('J9 a composite is removed with its parts, at any depth, and all their keys', async () => {
  const parts = Array.from({ length: 450 }, (_, i) => give.job(i));
  const row = serial([give.job(1), fail.job(), give.job(2)]);
  const composite = parallel([parallel(parts, { packed: false }), row], {
    postprocess: last.job(),
  });
  await ended('tree', [composite]);
  expect((await jobKeys('tree')).length).toBeGreaterThan(450);
  for (const suffix of ['annotations', 'once', 'logs']) {
    await context.redis.set(`${context.prefix}:tree:${composite.id}:${suffix}`, 'x');
  }
  expect(await trim('tree', { count: 0 })).toBe(457);
  expect(await jobKeys('tree')).toEqual([]);
  expect(await trim('tree', { count: 0 })).toBe(0);
});

it('J9 many composites are removed at once, wherever their parts stand', async () => {
  const composites = Array.from({ length: 60 }, () =>
    parallel(
      Array.from({ length: 10 }, (_, i) => give.job(i)),
      { packed: false },
    ),
  );
  await ended('many', composites);
  expect(await trim('many', { count: 0 })).toBe(660);
  expect(await jobKeys('many')).toEqual([]);
});

it("J9 jobs are removed by age, by Redis's clock", async () => {
  const jobs = [give.job(0), give.job(1)];
  await ended('age', jobs);
  await atTimes('age', jobs.slice(0, 1), Date.now() - 60_000);
  expect(await trim('age', { age: 30_000 })).toBe(1);
  expect(await context.queue('age').get((jobs[1] as Job).id)).toBeDefined();
});

it('J9 a finished part is kept while its composite is not finished', async () => {
  const { open, opened } = gate();
  const part = give.job('kept');
  const composite = await context
    .queue('living')
    .put(parallel([part, defineTask('retention.holds', () => opened).job()]));
  await dispatchers.start('living');
  await eventually(async () => (await part.refresh()).status === 'completed');
  expect(await trim('living', { count: 0, age: 0 })).toBe(0);
  open();
  expect(await composite.wait()).toEqual(['kept', undefined]);
});

it.each([
  ['while it runs', false],
  ['when it has ended', true],
])('J5, J9 a finished part is kept for a dependent that came %s', async (_, hasEnded) => {
  const name = hasEnded ? 'needed-late' : 'needed';
  const queue = context.queue(name);
  const [part, rest] = [gate(), gate()];
  const shared = defineTask(`retention.shared-${name}`, () =>
    part.opened.then(() => 'shared'),
  ).job();
  const holds = defineTask(`retention.rest-${name}`, () => rest.opened).job();
  const album = await queue.put(parallel([shared]));
  const end = async (): Promise<void> => {
    part.open();
    await album.wait();
  };
  await dispatchers.start(name);
  await eventually(async () => (await shared.refresh()).status === 'active');
  if (hasEnded) await end();
  const joining = await queue.put(joins.job(shared, holds));
  await eventually(() =>
    context.redis.zscore(`${context.prefix}:${name}:waiting-children`, joining.id),
  );
  if (!hasEnded) await end();
  expect(await trim(name, { count: 0, age: 0 })).toBe(1);
  rest.open();
  expect(await joining.wait()).toEqual(['shared', undefined]);
  expect(await trim(name, { count: 0, age: 0 })).toBe(3);
  expect(await jobKeys(name)).toEqual([]);
});

it.each([
  ['parallel', parallel],
  ['serial', serial],
])('C2, J9 the parts of a stopped %s are kept and removed with it', async (name, compose) => {
  const queue = context.queue(`stopped-${name}`);
  const [first, runs] = [gate(), gate()];
  const running = defineTask(`retention.runs-${name}`, () => runs.opened).job();
  const failing = defineTask(`retention.fails-${name}`, async () => {
    await first.opened;
    throw new Error('stop');
  });
  const parts = [give.job(1), failing.job(), give.job(2)];
  const all = parallel(
    [running, compose(parts as Job[], { onFailure: 'stop', postprocess: last.job() })],
    {
      onFailure: 'stop',
    },
  );
  await queue.put(all);
  await dispatchers.start(`stopped-${name}`, { size: 3 });
  await eventually(async () => (await running.refresh()).status === 'active');
  await parts[0]?.wait();
  first.open();
  await expect(all.wait()).rejects.toThrow('stop');
  expect(await trim(`stopped-${name}`, { count: 1 })).toBe(0);
  expect((await parts[0]?.refresh())?.result).toBe(1);
  runs.open();
  await running.wait();
  expect(await trim(`stopped-${name}`, { count: 1 })).toBe(0);
  expect(await trim(`stopped-${name}`, { count: 0 })).toBeGreaterThanOrEqual(5);
  expect(await jobKeys(`stopped-${name}`)).toEqual([]);
});

it('C2, J9 a part that outlives its removed composite is removed by itself', async () => {
  const queue = context.queue('outlives');
  const runs = gate();
  const running = defineTask('retention.outlives', () => runs.opened).job();
  const failing = defineTask('retention.failsBeside', async () => {
    await eventually(async () => (await running.refresh()).status === 'active');
    throw new Error('stop');
  });
  await dispatchers.start('outlives', { size: 3 });
  const all = await queue.put(parallel([running, failing.job()], { onFailure: 'stop' }));
  await expect(all.wait()).rejects.toThrow('stop');
  expect(await trim('outlives', { count: 0 })).toBe(2);
  expect(await queue.get(all.id)).toBeUndefined();
  runs.open();
  await running.wait();
  expect(await trim('outlives', { count: 0 })).toBe(1);
  expect(await jobKeys('outlives')).toEqual([]);
});

it('J9, O3 a composite that is retried during its removal keeps its deep parts', async () => {
  const inner = parallel([give.job(1), give.job(2)]);
  const outer = parallel([parallel([inner])]);
  await ended('again', [outer]);
  const { redis, prefix } = context;
  const keep = { age: Infinity, count: 0 };
  let asked = 0;
  const removed = await trimCompleted(
    redis,
    prefix,
    'again',
    [SYSTEM_LANE, MAIN_LANE],
    keep,
    () => {
      // As a retry does before the first removal: on the same connection it comes before the next
      // step.
      if (++asked === 1) void redis.hdel(`${prefix}:again:${outer.id}`, 'finishedOn');
      return asked < 20;
    },
  );
  expect(asked).toBeGreaterThan(2);
  expect(removed).toBe(0);
  for (const one of [outer, inner, ...inner.jobs])
    expect(await context.queue('again').get(one.id)).toBeDefined();
});

it('J5, J9, O3 a part that ran again is kept for a dependent of its first run', async () => {
  const queue = context.queue('needed-again');
  const [part, rest] = [gate(), gate()];
  let runs = 0;
  const shared = defineTask('retention.failsAtFirst', async () => {
    await part.opened;
    if (++runs === 1) throw new Error('at first');
    return 'second';
  }).job();
  const album = await queue.put(parallel([shared]));
  await dispatchers.start('needed-again');
  await eventually(async () => (await shared.refresh()).status === 'active');
  const joining = await queue.put(
    joins.job(shared, defineTask('retention.restAgain', () => rest.opened).job()),
  );
  await eventually(() =>
    context.redis.zscore(`${context.prefix}:needed-again:waiting-children`, joining.id),
  );
  part.open();
  await album.wait();
  await shared.retry();
  expect(await shared.wait()).toBe('second');
  await trim('needed-again', { count: 0, age: 0 });
  rest.open();
  expect(await joining.wait()).toEqual(['second', undefined]);
});
