// The template of a schedule: each time gets a job of its own from it, whole (Q10).
import { parallel, serial } from '@drover/composite';
import { defineTask, Queue, type Job } from '@drover/core';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { testContext } from '../../../../test/kit/context.js';
import { eventually } from '../../../../test/kit/wait.js';
import { dispatchersIn } from './dispatchers.js';
import { DAY, note, schedulesIn } from './schedules-scene.js';

const context = testContext('schedules-template');
const { redis, prefix } = context;
const dispatchers = dispatchersIn(context);
const { putIn, havePut, endedIn } = schedulesIn(context);
const add = defineTask('schedules.add', (...jobs: Job<number>[]) =>
  jobs.reduce((sum, job) => sum + Number(job.result), 0),
);
const one = defineTask('schedules.one', () => 1);

it('Q10, J11 the jobs of a schedule have its meta, or that of the queue', async () => {
  const options = {
    connection: context.redisUrl,
    prefix,
    defaultJobOptions: { meta: { of: 'q' } },
  };
  const queue = new Queue('meta', options);
  cleanUpLater(() => queue.close());
  await queue.schedules.set('default', { every: DAY }, note);
  await queue.schedules.set('own', { every: DAY }, note.job().with({ meta: { of: 'job' } }));
  await dispatchers.start('meta');
  await eventually(async () => (await putIn('meta')).length === 2);
  const found = (await putIn('meta')).map(({ schedule, meta }) => [schedule?.name, meta]);
  expect(Object.fromEntries(found)).toEqual({ default: { of: 'q' }, own: { of: 'job' } });
});

it('Q10 arguments that are sent before the put arrive, with those of callbacks', async () => {
  const queue = context.queue('long');
  const long = 'x'.repeat(1_500_000);
  const job = note.job(long);
  await job.addCallback(note.job(long));
  await queue.schedules.set('n', { every: DAY }, job);
  await dispatchers.start('long');
  const [put] = await eventually(async () => {
    const jobs = await putIn('long');
    return jobs[0]?.status === 'completed' && jobs;
  });
  expect((await put?.refresh())?.args).toEqual([long]);
  const [callback] = await queue.jobs({ status: 'completed', start: 0, end: 1 });
  expect(callback?.args[0]).toBe(long);
});

it('Q10 each time of a composite has parts, postprocess and callbacks of its own', async () => {
  const queue = context.queue('composite');
  const parts = Array.from({ length: 40 }, () => one.job());
  const top = parallel([...parts, serial([one.job(), one.job()], { postprocess: add.job() })], {
    postprocess: add.job(),
  });
  const callback = await top.addCallback(note.job());
  await queue.schedules.set('n', { every: 40 }, top);
  await dispatchers.start('composite');
  const ended = await endedIn('composite', 3 * 46);
  expect(ended.map(({ result }) => result)).toEqual(ended.map(() => 42));
  const callbacks = await queue.jobs({ status: 'completed', task: note, end: 5_000 });
  expect(callbacks.length).toBeGreaterThanOrEqual(3);
  expect(callbacks.map(({ args }) => args.at(-1) ?? 42)).toEqual(callbacks.map(() => 42));
  // The template itself is new: it can be put as any other job.
  expect([top.status, callback.status]).toEqual(['new', 'new']);
  expect(await (await queue.put(top)).wait()).toBe(42);
});

it('Q10 a job among the arguments is a new one each time, and one that was put stays that one', async () => {
  const queue = context.queue('arguments');
  const put = await queue.put(note.job('put'));
  const ids = defineTask('schedules.ids', (...jobs: Job[]) => jobs.map(({ id }) => id));
  const fresh = note.job('fresh');
  await queue.schedules.set('n', { every: 30 }, ids.job(put, fresh, fresh));
  await dispatchers.start('arguments');
  const ended = await endedIn('arguments', 3);
  const results = ended.map(({ result }) => result as string[]);
  for (const [first, second, third] of results) {
    expect(first).toBe(put.id);
    expect(second).toBe(third);
  }
  expect(new Set([fresh.id, ...results.map((found) => found[1])]).size).toBe(results.length + 1);
});

it('Q10, B1 a dispatcher that does not know the task puts its jobs', async () => {
  const queue = context.queue('unknown');
  await queue.schedules.set('n', { every: DAY }, note.job().with({ lane: 'elsewhere' }));
  await redis.hset(
    `${prefix}:unknown:schedule:n`,
    'template',
    ((await redis.hget(`${prefix}:unknown:schedule:n`, 'template')) ?? '').replaceAll(
      'schedules.note',
      'schedules.unheard',
    ),
  );
  await dispatchers.start('unknown');
  const [job] = await havePut('unknown', 1);
  expect([job?.task, job?.status]).toEqual(['schedules.unheard', 'pending']);
});

it('Q10, Q2 a beginBy counts from the put of each job', async () => {
  const queue = context.queue('late');
  await queue.schedules.set('n', { every: DAY }, note.job().with({ lane: 'none', beginBy: 30 }));
  await dispatchers.start('late');
  const [job] = await havePut('late', 1);
  await expect(job?.wait()).rejects.toThrow('was to begin by');
});
