// A removed job is new again in the handle that removed it, and can be put again (Q1).
import { defineTask, Queue, type Job } from '@drover/core';
import { parallel, serial, type Composite } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { dispatchersIn } from '../../../../test/kit/dispatchers.js';

const context = testContext('put-again');
const { redis, prefix } = context;
const idle = context.queue('idle');
const queue = context.queue('again');
/** The queue as another process has it. */
const other = new Queue('idle', { connection: context.redisUrl, prefix });
const SOON = { timeout: 20_000 };
beforeAll(() =>
  dispatchersIn(context).start('again', {
    queues: { again: { main: { lanes: ['main', 'gpu'] } } },
  }),
);
afterAll(() => other.close());

const runs: unknown[][] = [];
beforeEach(() => runs.splice(0));
const work = defineTask('again.work', (...args: unknown[]) => (runs.push(args), args[0]));

type New = Job<unknown, []>;
/** The ways to take a job out. Each returns the handle that is new then. */
const ways: Record<string, (job: New) => Promise<New>> = {
  'pulled by the process that has put it': async () => (await idle.pull()) as New,
  'pulled by another one, as the last': async () => (await other.pull(-1)) as New,
  'removed by its own handle': async (job) => (await idle.remove(job), job),
  'removed by another handle': async ({ id }) => {
    const job = (await other.get(id)) as New;
    await other.remove(job);
    return job;
  },
};

describe.each(Object.keys(ways))('%s', (way) => {
  it('Q1 it is put again with its id, arguments, options and callbacks', async () => {
    const job = work.job(7, new Date(0)) as New;
    const callback = await job.addCallback(work.job('early') as Job);
    await callback.addCallback(work.job('inner') as Job);
    await idle.put(job, { lane: 'gpu', failureLogLevel: 'warn' });
    await job.addCallback(work.job('late') as Job);
    const taken = await (ways[way]?.(job) as Promise<New>);
    expect(taken.id).toBe(job.id);
    expect(await redis.exists(`${prefix}:idle/gpu:${job.id}`)).toBe(0);
    expect(await (await queue.put(taken)).wait(SOON)).toBe(7);
    expect(taken.options).toEqual({ lane: 'gpu', failureLogLevel: 'warn' });
    expect(runs).toEqual([
      [7, new Date(0)],
      ['early', 7],
      ['inner', 'early'],
      ['late', 7],
    ]);
    await expect(queue.put(taken)).rejects.toThrow('was put already');
  });

  it('Q1 a composite is put again with its parts, which refer to the new location', async () => {
    const first = work.job('first');
    const looks = defineTask('again.looks', async (job: Job) => (await job.refresh()).result);
    const album = serial([first, parallel([looks.job(first)])], {
      postprocess: work.job('end') as never,
    });
    await idle.put(album);
    const taken = (await (ways[way]?.(album as never) as Promise<unknown>)) as Composite;
    await queue.put(taken as never);
    expect(await taken.wait(SOON)).toBe('end');
    expect((await taken.jobs[1]?.refresh())?.result).toEqual(['first']);
    expect(taken.jobs[0]?.queue).toBe('again');
    expect(runs).toHaveLength(2);
  });
});

it('Q1, Q3 pull counts negative positions from the end', async () => {
  const jobs = await idle.putAll([1, 2, 3].map((value) => work.job(value) as New));
  expect((await idle.pull(-2))?.id).toBe(jobs[1]?.id);
  expect((await idle.pull(-1))?.id).toBe(jobs[2]?.id);
  expect(await idle.pull(-2)).toBeUndefined();
  expect((await idle.pull(-1))?.id).toBe(jobs[0]?.id);
  expect(await idle.pull(-1)).toBeUndefined();
});

it('Q1 a job is put and removed many times', async () => {
  const job = work.job('many') as New;
  for (let i = 0; i < 3; i++) {
    await idle.put(job);
    await idle.remove(job);
  }
  expect(await (await queue.put(job)).wait(SOON)).toBe('many');
  expect(runs).toEqual([['many']]);
});
