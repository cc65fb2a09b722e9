// A new job can be put, or belong to one other job: once, by the first put (J12, Q1).
import { defineTask, joinJobs, local, retry, type Job } from '@drover/core';
import { parallel, serial } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { dispatchersIn } from '../../../../test/kit/dispatchers.js';
import { give } from './dispatchers.js';

const context = testContext('put-once');
const queue = context.queue('put-once');
const SOON = { timeout: 20_000 };
const REFUSED = { name: 'BadStatusError', code: 'DROVER_BAD_STATUS' };
beforeAll(() => dispatchersIn(context).start('put-once'));

const runs: unknown[] = [];
const work = defineTask('once.work', (value: unknown) => (runs.push(value), value));
const later = { beginAfter: 3_600_000 };
beforeEach(() => runs.splice(0));

describe('a job that belongs to a stored job is refused by the next put', () => {
  type New = Job<unknown, []>;
  /** Stores a job to which `job` then belongs. */
  const owners: Record<string, (job: New) => Promise<unknown>> = {
    'it was put': (job) => queue.put(job, later),
    'a part of a serial': (job) => queue.put(serial([job]), later),
    'a part of a nested parallel': (job) =>
      queue.put(serial([give.job(1), parallel([job])]), later),
    'a postprocess': (job) => queue.put(parallel([], { postprocess: job as never }), later),
    'an appended part': async (job) => (await queue.put(parallel([]), later)).append(job),
    'a callback': async (job) => (await queue.put(give.job(1), later)).addCallback(job as never),
    'a callback of a new job': (job) => give.job(1).addCallback(job as never),
    'the pick of a callback': (job) => give.job(1).addCallbacks({ success: job as never }),
  };
  /** Returns a job that has `job` as a part, or is `job`. */
  const users: Record<string, (job: New) => New> = {
    'by itself': (job) => job,
    'as a part': (job) => serial([job]) as New,
    'as a nested part': (job) => parallel([serial([job])]) as New,
    'as a postprocess': (job) => parallel([give.job(1)], { postprocess: job as never }) as New,
    'as a part inside an argument': (job) => give.job({ album: serial([job]) }) as New,
  };

  it.each(
    Object.keys(owners).flatMap((owner) =>
      Object.keys(users).map((user) => [owner, user] as const),
    ),
  )('J12, Q1 %s, then put %s', async (owner, user) => {
    const job = work.job(1) as New;
    const late = users[user]?.(job) as New;
    await owners[owner]?.(job);
    await expect(queue.put(late)).rejects.toMatchObject(REFUSED);
    if (late !== job) expect(late.queue).toBeUndefined();
    if (late !== job) expect(await queue.get(late.id)).toBeUndefined();
  });

  it('J12, Q1 two composites that share a part are refused together', async () => {
    const job = work.job(1);
    const both = [serial([job]), parallel([job])];
    await expect(queue.putAll(both as never)).rejects.toMatchObject(REFUSED);
    for (const { id } of both) expect(await queue.get(id)).toBeUndefined();
    await expect(queue.putAll([parallel([job]), job] as never)).rejects.toMatchObject(REFUSED);
    expect(await (await queue.put(job)).wait(SOON)).toBe(1);
  });

  it('J12, J5 several tasks may join one stored job', async () => {
    const job = await queue.put(work.job('shared'));
    const joins = defineTask('once.joins', (one: Job<unknown, []>) => joinJobs([one]));
    const both = await queue.putAll([joins.job(job), joins.job(job)]);
    for (const one of both) expect(await one.wait(SOON)).toEqual(['shared']);
    expect(runs).toEqual(['shared']);
  });
});

describe('a new job among arguments stays new', () => {
  const puts = defineTask('once.puts', async (job: Job<unknown, []>) => (await queue.put(job)).id);

  it('J12, J4 a task puts it under its own id', async () => {
    const job = work.job('inside').with({ failureLogLevel: 'warn' });
    const callback = await job.addCallback(work.job('callback') as never);
    expect(await (await queue.put(puts.job(job))).wait(SOON)).toBe(job.id);
    expect(await job.wait(SOON)).toBe('inside');
    expect(job.options).toEqual({ failureLogLevel: 'warn' });
    await (callback as Job).wait(SOON);
    expect(runs).toEqual(['inside', 'callback']);
  });

  it.each([true, false])(
    'J12, J6 a run that is repeated puts it once (immediate: %s)',
    async (immediate) => {
      const again = defineTask(`once.again-${immediate}`, async (job: Job<unknown, []>) => {
        await queue.put(job, { immediate });
        if (local.fence === 1) throw new RangeError('at first');
        return job.id;
      });
      const job = work.job('again');
      const user = again.job(job).with({ retryPolicy: retry({ attempts: 2 }) });
      expect(await (await queue.put(user)).wait(SOON)).toBe(job.id);
      expect(await job.wait(SOON)).toBe('again');
      expect(runs).toEqual(['again']);
    },
  );

  it('J12 a task makes it a part, a postprocess and a callback', async () => {
    const builds = defineTask(
      'once.builds',
      async (part: Job<unknown, []>, end: Job, callback: Job) => {
        const album = parallel([part], { postprocess: end as never });
        await album.addCallback(callback as never);
        return album;
      },
    );
    const jobs = [work.job('part'), work.job('end'), work.job('callback')] as const;
    expect(
      await (await queue.put(builds.job(...(jobs as never as [never, never, never])))).wait(SOON),
    ).toBe('end');
    for (const job of jobs) await job.wait(SOON);
    expect(runs).toEqual(['part', 'end', 'callback']);
  });

  it('J12 several tasks that get it let it run once', async () => {
    const waits = defineTask('once.waits', async (job: Job<unknown, []>) => {
      await queue.put(job, { immediate: true });
      return await job.wait(SOON);
    });
    const follows = defineTask('once.follows', (job: Job) => job);
    const job = work.job('one');
    const users = [
      waits.job(job),
      waits.job(job),
      puts.job(job),
      follows.job(job),
      follows.job(job),
    ];
    await queue.putAll(users as never);
    const results = await Promise.all((users as Job[]).map((user) => user.wait(SOON)));
    expect(results).toEqual(['one', 'one', job.id, 'one', 'one']);
    expect(runs).toEqual(['one']);
  });

  it('J12 it runs once when its maker puts it as well', async () => {
    const job = work.job('both');
    const user = await queue.put(puts.job(job));
    await queue.put(job);
    expect(await user.wait(SOON)).toBe(job.id);
    expect(await job.wait(SOON)).toBe('both');
    expect(runs).toEqual(['both']);
  });
});
