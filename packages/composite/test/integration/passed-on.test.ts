// A handle keeps the location of its job, however it is passed on, read or not (J12).
import { defineTask, joinJobs, type Job } from '@drover/core';
import { parallel, serial } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { dispatchersIn } from '../../../../test/kit/dispatchers.js';
import { give } from './dispatchers.js';

const context = testContext('passed-on');
const queue = context.queue('passed-on');
const elsewhere = context.queue('elsewhere');
const lanes = ['main', 'gpu'];
beforeAll(async () => {
  const queues = {
    'passed-on': { main: { size: 20, lanes } },
    elsewhere: { main: { size: 20, lanes } },
  };
  await dispatchersIn(context).start('passed-on', { queues });
});

const runs: unknown[][] = [];
const pay = defineTask(
  'passedOn.pay',
  async (...args: unknown[]) => `paid ${runs.push(args) && String(args)}`,
);
const SOON = { timeout: 20_000 };
beforeEach(() => runs.splice(0));

/** A value with a handle in it. */
interface Holder {
  job: Job;
}

/** The last steps: each returns the result of the job. */
const ends: Record<string, { job(holder: Holder): Job }> = {
  look: defineTask('passedOn.look', async ({ job }: Holder) => (await job.refresh()).result),
  wait: defineTask('passedOn.wait', async ({ job }: Holder) => await job.wait(SOON)),
  follow: defineTask('passedOn.follow', ({ job }: Holder) => job),
  join: defineTask('passedOn.join', ({ job }: Holder) =>
    joinJobs([job], { then: first.job() as never }),
  ),
};
const first = defineTask('passedOn.first', (job: Job) => job.result);

/** The ways on: each passes the handle on without reading it, to the named last step. */
const hops: Record<string, { job(holder: Holder, end: string): Job }> = {
  'as an argument of a job that it returns': defineTask(
    'passedOn.argument',
    (holder: Holder, end: string) => ends[end]?.job(holder),
  ),
  'as an argument of a part': defineTask('passedOn.part', (holder: Holder, end: string) =>
    joinJobs([ends[end]?.job(holder) as Job<unknown, []>], { then: first.job() as never }),
  ),
  'as an argument of a postprocess': defineTask(
    'passedOn.postprocess',
    (holder: Holder, end: string) =>
      parallel([give.job(1)], { postprocess: ends[end]?.job(holder) as never }),
  ),
  'as an argument of a callback': defineTask(
    'passedOn.callback',
    async (holder: Holder, end: string) => {
      const callback = ends[end]?.job(holder) as Job;
      const job = give.job(1);
      await job.addCallback(callback);
      await queue.put(job, { immediate: true });
      return callback;
    },
  ),
  'as an argument in another queue': defineTask(
    'passedOn.queue',
    async (holder: Holder, end: string) =>
      elsewhere.put(ends[end]?.job(holder) as Job<unknown, []>, { lane: 'gpu' }),
  ),
  'inside a new job': defineTask('passedOn.new', (holder: Holder, end: string) =>
    unwrap.job(ends[end]?.job(holder) as Job),
  ),
};
const unwrap = defineTask('passedOn.unwrap', (job: Job) => job);

describe.each(Object.keys(hops))('%s', (hop) => {
  it.each(Object.keys(ends))(
    'J12 a handle that was never read keeps its location: %s',
    async (end) => {
      const job = await elsewhere.put(pay.job(7), { lane: 'gpu' });
      await job.wait(SOON);
      const user = await queue.put(hops[hop]?.job({ job }, end) as Job<unknown, []>);
      expect(await user.wait(SOON)).toBe('paid 7');
      expect(runs).toEqual([[7]]);
    },
  );
});

describe('J12 what a task finds in the handle of a put job', () => {
  /** Passes on the job that `of` finds in the handle. */
  const passes = (name: string, of: (job: Job) => unknown) =>
    defineTask(`passedOn.${name}`, async (job: Job) => {
      await job.refresh();
      return ends['follow']?.job({ job: of(job) as Job });
    });

  it('J12 a part and the postprocess of a read composite can be followed', async () => {
    const album = await queue.put(
      serial([pay.job(1), pay.job(2)], { postprocess: pay.job('end') as never }),
    );
    const part = passes('of-album', (job) => (job as typeof album).jobs[1]);
    const end = passes('of-album-end', (job) => (job as typeof album).postprocess);
    const users = await queue.putAll([part.job(album), end.job(album)]);
    expect(await users[0]?.wait(SOON)).toBe('paid 2');
    expect(await users[1]?.wait(SOON)).toBe(await album.wait(SOON));
    expect(runs).toHaveLength(3);
  });

  it('J12 a part of a nested composite can be followed', async () => {
    const inner = parallel([pay.job('deep').with({ lane: 'gpu' })]);
    const outer = await queue.put(serial([inner]));
    const deep = passes('deep', (job) => ((job as typeof outer).jobs[0] as typeof inner).jobs[0]);
    expect(await (await queue.put(deep.job(outer))).wait(SOON)).toBe('paid deep');
    expect(runs).toEqual([['deep']]);
  });

  it('J12 a job among the arguments can be followed', async () => {
    const job = await elsewhere.put(pay.job(3));
    const holder = await queue.put(give.job({ job }) as Job<unknown, []>);
    const own = passes('args', (found) => (found.args[0] as Holder).job);
    expect(await (await queue.put(own.job(holder))).wait(SOON)).toBe('paid 3');
    expect(runs).toEqual([[3]]);
  });
});

it('J12 handles in a result keep their location, callbacks and picks too', async () => {
  const job = pay.job(1);
  const callback = await job.addCallback(pay.job('callback') as Job);
  const picked = pay.job('picked').with({ lane: 'gpu' });
  const picker = await callback.addCallbacks({ success: picked as never });
  await elsewhere.put(job);
  const holder = give.job([job, callback, picked, picker]) as Job<Job[], []>;
  const handles = await (await queue.put(holder)).wait(SOON);
  const again = await (await queue.put(give.job(handles) as Job<Job[], []>)).wait(SOON);
  const results = await Promise.all(again.map((one) => one.wait(SOON)));
  expect(results).toEqual([
    'paid 1',
    'paid callback,paid 1',
    ...Array<string>(2).fill('paid picked,paid callback,paid 1'),
  ]);
  expect(runs).toHaveLength(3);
});

it('J12, J6 an uncommitted put and its part keep their location in puts and results', async () => {
  const puts = defineTask('passedOn.puts', async () => {
    const album = await elsewhere.put(parallel([pay.job('part')]), { lane: 'gpu' });
    const [part] = album.jobs;
    await elsewhere.put(ends['follow']?.job({ job: part }) as Job<unknown, []>);
    return [album, part];
  });
  const handles = (await (await queue.put(puts.job())).wait(SOON)) as Job[];
  expect(await handles[0]?.wait(SOON)).toEqual(['paid part']);
  expect(await handles[1]?.wait(SOON)).toBe('paid part');
  const returns = defineTask('passedOn.returnsPart', async () => {
    const album = await elsewhere.put(parallel([pay.job('returned')]));
    return album.jobs[0];
  });
  expect(await (await queue.put(returns.job())).wait(SOON)).toBe('paid returned');
  expect(runs).toEqual([['part'], ['returned']]);
});

it('J12 jobs that are put in one call refer to each other by their locations', async () => {
  const [job, looks] = [pay.job(5), unwrap];
  const [user] = await queue.putAll([looks.job(job) as Job<unknown, []>, job]);
  expect(await user?.wait(SOON)).toBe('paid 5');
  const [one, album] = [pay.job(6), parallel([pay.job(8)])];
  const users = await queue.putAll([
    looks.job(album.jobs[0]) as Job<unknown, []>,
    album,
    one,
    looks.job(one),
  ]);
  expect(await users[0]?.wait(SOON)).toBe('paid 8');
  expect(await users[3]?.wait(SOON)).toBe('paid 6');
  expect(runs).toHaveLength(3);
});

it('J12 a part that refers to its composite gets its location after the put', async () => {
  const whole = defineTask('passedOn.whole', async (job: Job, ...rest: unknown[]) => [
    job.queue,
    job.id,
    rest.length,
  ]);
  const make = (): Job<unknown, []> => {
    const album = parallel([]);
    void album.append(whole.job(album));
    return album.with({ lane: 'gpu' });
  };
  const [direct, carried] = [make(), make()];
  expect(await (await elsewhere.put(direct)).wait(SOON)).toEqual([['elsewhere', direct.id, 0]]);
  const puts = defineTask('passedOn.putsCarried', async (job: Job<unknown, []>) =>
    elsewhere.put(job, { lane: 'main' }),
  );
  expect(await (await queue.put(puts.job(carried))).wait(SOON)).toEqual([
    ['elsewhere', carried.id, 0],
  ]);
});
