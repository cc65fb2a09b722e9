// A new job among the arguments of several jobs is stored once, by the first put, in any lane of
// any queue (J12, Q1).
import { defineTask, joinJobs, local, type Job, type Queue } from '@drover/core';
import { parallel } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { dispatchersIn } from '../../../../test/kit/dispatchers.js';

const context = testContext('many-holders');
const [left, right] = [context.queue('left'), context.queue('right')];
const LANES = ['main', 'side'];
const agent = { main: { size: 20, lanes: LANES } };
beforeAll(() => dispatchersIn(context).start('left', { queues: { left: agent, right: agent } }));
const SOON = { timeout: 20_000 };

type New = Job<unknown, []>;
const runs: unknown[] = [];
beforeEach(() => runs.splice(0));
const work = defineTask(
  'holders.work',
  (value: unknown, ...more: unknown[]) => (runs.push(value, ...more), value),
);

const quiet = defineTask('holders.quiet', () => null);
const counts = defineTask('holders.counts', (...jobs: Job[]) => [jobs.length, jobs.at(-1)?.result]);

const other = (): Queue => (local.getQueue().name === 'left' ? right : left);

/** The ways in which a task stores a job that it got: in its own queue, or in the other one. */
const ways = {
  'puts it': async (job: New) => void (await other().put(job, { lane: 'side' })),
  'puts it at once': async (job: New) => void (await other().put(job, { immediate: true })),
  'puts it once': async (job: New) =>
    await local.once('put', async () => void (await other().put(job))),
  'returns it': (job: New) => job,
  'joins it': (job: New) => joinJobs([job]),
  'makes it a part': (job: New) =>
    parallel([work.job('beside') as New, job.with({ lane: 'side' })]),
} as const;
type Way = keyof typeof ways;
const WAYS = Object.keys(ways) as Way[];
const holder = defineTask(
  'holders.holder',
  async (way: Way, job: New): Promise<unknown> => await ways[way](job),
);

const GIVES: Partial<Record<Way, unknown>> = {
  'returns it': 'one',
  'joins it': ['one'],
  'makes it a part': ['beside', 'one'],
};

describe('J12, Q1 two tasks in two queues get a new job', () => {
  it.each(WAYS.flatMap((first) => WAYS.map((second) => [first, second] as const)))(
    'one %s, the other %s: it runs once, and both get it',
    async (first, second) => {
      const job = work.job('one') as New;
      const [a, b] = [holder.job(first, job), holder.job(second, job)];
      await Promise.all([left.put(a as New), right.put(b as New, { lane: 'side' })]);
      expect(await a.wait(SOON)).toEqual(GIVES[first] ?? undefined);
      expect(await b.wait(SOON)).toEqual(GIVES[second] ?? undefined);
      expect(await job.wait(SOON)).toBe('one');
      expect(runs.filter((value) => value === 'one')).toEqual(['one']);
      // The job is stored in one place only.
      const found = await Promise.all([left, right].map(async (queue) => await queue.get(job.id)));
      expect(found.filter(Boolean)).toHaveLength(1);
    },
  );
});

describe('J12, Q1 the process that passed a job on puts it as well', () => {
  it.each(WAYS)('a task in another queue %s', async (way) => {
    const job = work.job('one') as New;
    const user = await left.put(holder.job(way, job) as New);
    await right.put(job, { lane: 'side' });
    expect(await user.wait(SOON)).toEqual(GIVES[way] ?? undefined);
    expect(await job.wait(SOON)).toBe('one');
    expect(runs.filter((value) => value === 'one')).toEqual(['one']);
  });

  it('the put is under way while the job is passed on', async () => {
    const job = work.job('one') as New;
    const user = holder.job('returns it', job);
    const put = right.put(job, { lane: 'side' });
    await Promise.all([put, left.put(user as New)]);
    expect(await user.wait(SOON)).toBe('one');
    expect(runs).toEqual(['one']);
  });

  it('of two composites with it that are put in parallel, one is refused', async () => {
    const job = work.job('one') as New;
    const puts = await Promise.allSettled([
      left.put(parallel([job]) as New),
      right.put(parallel([job]) as New),
    ]);
    expect(puts.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await job.wait(SOON);
    expect(runs).toEqual(['one']);
  });
});

describe('J12 the callbacks and parts of a new job', () => {
  const puts = defineTask('holders.puts', async (job: New, lane: string) => {
    await local.getQueue().put(job, { lane, immediate: true });
    return job;
  });

  it('J7 the callbacks run once, and each holder can wait for them', async () => {
    const job = work.job('one') as New;
    const callback = await job.addCallback(work.job('called') as Job);
    const users = [puts.job(job, 'main'), puts.job(job, 'side')];
    await Promise.all([left.put(users[0] as never as New), right.put(users[1] as never as New)]);
    for (const user of users) expect(await user.wait(SOON)).toBe('one');
    expect(await callback.wait(SOON)).toBe('called');
    expect(runs).toEqual(['one', 'called', 'one']);
  });

  it('C3 the parts run once each, and each holder has working handles', async () => {
    const part = work.job('part') as New;
    const album = parallel([part], { postprocess: work.job('end') as never });
    const waits = defineTask('holders.waits', async (job: typeof album, lane: string) => {
      await local.getQueue().put(job as never as New, { lane, immediate: true });
      return [await job.wait(SOON), await job.jobs[0].wait(SOON)];
    });
    const users = [waits.job(album, 'main'), waits.job(album, 'side')];
    await Promise.all([left.put(users[0] as never as New), right.put(users[1] as never as New)]);
    for (const user of users) expect(await user.wait(SOON)).toEqual(['end', 'part']);
    expect(await part.wait(SOON)).toBe('part');
    expect(runs.filter((value) => value === 'part' || value === 'end')).toEqual(['part', 'end']);
  });

  it('a part that is put by itself and with its composite runs once', async () => {
    const part = work.job('part') as New;
    const album = parallel([part]);
    const tears = defineTask('holders.tears', async (job: typeof album) => {
      await right.put(job.jobs[0] as New, { immediate: true, lane: 'side' });
      return await job.jobs[0].wait(SOON);
    });
    const keeps = defineTask('holders.keeps', (job: typeof album) => job);
    const users = [tears.job(album), keeps.job(album)] as never as New[];
    await left.putAll(users);
    expect(await users[0]?.wait(SOON)).toBe('part');
    expect(await users[1]?.wait(SOON)).toEqual(['part']);
    expect(runs).toEqual(['part']);
  });

  it('J7 of two holders that make it a callback in two queues, one is refused', async () => {
    const job = work.job('one') as Job;
    const gives = defineTask('holders.gives', async (callback: Job) => {
      const beside = await local.getQueue().put(work.job('beside') as New, { immediate: true });
      await beside.addCallback(callback);
    });
    const users = [gives.job(job as never), gives.job(job as never)] as never as New[];
    await Promise.all([left.put(users[0] as New), right.put(users[1] as New)]);
    const ends = await Promise.allSettled(users.map((user) => user.wait(SOON)));
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(ends.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { name: 'BadStatusError' },
    });
    await job.wait(SOON);
    expect(runs.filter((value) => value === 'one')).toEqual(['one']);
  });
});

it('J12, C1 a job that was put elsewhere is found in a later chunk of a join', async () => {
  const job = work.job('one') as New;
  const joinsMany = defineTask('holders.joinsMany', (one: New) =>
    joinJobs([...Array.from({ length: 1_000 }, () => quiet.job()), one], {
      then: counts.job() as never,
    }),
  );
  const user = await left.put(joinsMany.job(job) as never as New, { beginAfter: 200 });
  await right.put(job, { lane: 'side' });
  expect(await user.wait(SOON)).toEqual([1_001, 'one']);
  expect(runs).toEqual(['one']);
});

describe('J12 the handle of the second put', () => {
  const second = async (): Promise<{ job: New; late: New }> => {
    const job = work.job('one').with({ beginAfter: 3_600_000 }) as New;
    const takes = defineTask('holders.takes', (one: New) => ({ one }));
    const user = await left.put(takes.job(job) as Job<{ one: New }, []>);
    const { one: late } = await user.wait(SOON);
    await right.put(job, { lane: 'side' });
    return { job, late };
  };

  it('has the location, status and options of the first put', async () => {
    const { job, late } = await second();
    await left.put(late);
    expect([late.queue, late.status, late.options]).toEqual(['right', 'pending', job.options]);
    expect(late.options.lane ?? 'side').toBe('side');
    await late.cancel('enough');
    await expect(job.wait(SOON)).rejects.toThrow('enough');
    await expect(left.put(late)).rejects.toMatchObject({ name: 'BadStatusError' });
  });

  it('leads to the location of the first put before its own put', async () => {
    const { job, late } = await second();
    await late.annotate('seen', 1);
    await late.refresh();
    const callback = await late.addCallback(work.job('called') as Job);
    expect((await job.refresh()).annotations).toEqual({ seen: 1 });
    await job.cancel('enough');
    await callback.wait(SOON);
    expect(callback.queue).toBe('right');
  });

  it('J6 leads to the location of the first put after an uncommitted put too', async () => {
    const { job, late } = await second();
    const tries = defineTask('holders.tries', async (one: New) => {
      await left.put(one);
      return { one };
    });
    const given = async (): Promise<New> => {
      const user = await left.put(tries.job(late) as Job<{ one: New }, []>);
      return (await user.wait(SOON)).one;
    };
    await (await given()).update({ args: ['new', 2] });
    const callback = await (await given()).addCallback(work.job('called') as Job);
    expect(callback.queue).toBe('right');
    await (await given()).annotate('seen', 1);
    const follows = await left.put(holder.job('returns it', await given()) as New);
    const waits = (await given()).wait(SOON);
    waits.catch(() => {});
    expect((await (await given()).refresh()).annotations).toEqual({ seen: 1 });
    await (await given()).cancel('enough');
    for (const ends of [waits, follows.wait(SOON), job.wait(SOON)])
      await expect(ends).rejects.toThrow('enough');
    await callback.wait(SOON);
    const again = await (await given()).retry();
    expect([again.queue, again.args]).toEqual(['right', ['new', 2]]);
    expect(runs).toEqual(['called', expect.anything()]);
  });

  it('Q1 can put the job again, once, after the first one was removed', async () => {
    const { job, late } = await second();
    await right.remove(job.id);
    await left.put(late, { beginAfter: 0 });
    expect(await late.wait(SOON)).toBe('one');
    expect([late.queue, runs]).toEqual(['left', ['one']]);
    expect(await context.redis.keys(`${context.prefix}:put-at:*`)).toContain(
      `${context.prefix}:put-at:${late.id}`,
    );
  });
});

it('J9 the note of where a job was put goes with the job', async () => {
  const { redis, prefix } = context;
  const job = work.job('one').with({ beginAfter: 3_600_000 }) as New;
  await left.put(holder.job('puts it', job) as New).then((user) => user.wait(SOON));
  expect(await redis.get(`${prefix}:put-at:${job.id}`)).toBe(`${prefix}:right/side:${job.id}`);
  await right.remove(job.id);
  expect(await redis.exists(`${prefix}:put-at:${job.id}`)).toBe(0);
});

it('Q1 a plain job has no note of where it was put', async () => {
  const job = await left.put(work.job('plain') as New);
  expect(await job.wait(SOON)).toBe('plain');
  expect(await context.redis.exists(`${context.prefix}:put-at:${job.id}`)).toBe(0);
});
