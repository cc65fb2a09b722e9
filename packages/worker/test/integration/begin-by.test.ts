// beginBy: a job that has not begun in time ends with a TimeoutError, and is not retried after that
// (Q2).
import { defineRetryPolicy, defineTask, Failure, local, type Job } from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { eventually } from '../../../../test/kit/wait.js';
import { collect, dispatchersIn, next, readableLogger } from './dispatchers.js';
import { aborted, gate } from '../../../../test/kit/gate.js';

const context = testContext('begin-by');
const dispatchers = dispatchersIn(context);
const now = defineTask('begin-by.now', () => Date.now());
const late = {
  name: 'TimeoutError',
  code: 'DROVER_TIMEOUT',
  message: expect.stringMatching(/was to begin by /) as string,
};
const always = { commitError: () => true, interrupted: () => true };
const inTwoMinutes = defineRetryPolicy('begin-by.inTwoMinutes', {
  ...always,
  jobError: () => 120_000,
});
const twice = defineRetryPolicy('begin-by.twice', {
  ...always,
  jobError: ({ message }) => message === 'run 1',
});
const fails = defineTask('begin-by.fails', () => {
  throw new RangeError(`run ${local.fence}`);
});

/** A dispatcher whose only slot is taken until the test opens it. */
async function busy(name: string) {
  const { open, opened } = gate();
  const holder = await context.queue(name).put(defineTask(`begin-by.${name}`, () => opened).job());
  const dispatcher = dispatchers.make(name, { size: 1 });
  const started = next(dispatcher, 'started');
  await dispatcher.activate();
  await started;
  return { dispatcher, holder, open };
}

/** A job whose time passes before any dispatcher could claim it. */
async function putOverdue(name: string): Promise<Job<number>> {
  const job = await context.queue(name).put(now.job(), { beginBy: 1 });
  const put = Date.now();
  await eventually(() => Date.now() > put + 1);
  return job;
}

it('Q2 a job that has not begun in time ends with a TimeoutError and does not run', async () => {
  const job = await putOverdue('idle');
  const later = await context.queue('idle').put(now.job(), { beginBy: 60_000 });
  const dispatcher = dispatchers.make('idle');
  const started = collect(dispatcher, 'started');
  await dispatcher.activate();
  await expect(job.wait()).rejects.toMatchObject(late);
  expect(await later.wait()).toEqual(expect.any(Number));
  expect(started.map((event) => event.job.id)).toEqual([later.id]);
  expect([job.status, job.result]).toEqual(['completed', expect.any(Failure)]);
});

it('Q2 overdue jobs end while all agents are busy, and use none of their slots', async () => {
  const { dispatcher, holder, open } = await busy('busy');
  const queue = context.queue('busy');
  const [first, second] = await queue.putAll([now.job(), now.job()], { beginBy: 50 });
  const third = await queue.put(now.job(), { beginAfter: 50, beginBy: 50 });
  const waiting = await queue.put(now.job());
  for (const job of [first, second, third]) await expect(job?.wait()).rejects.toMatchObject(late);
  expect((await waiting.refresh()).status).toBe('pending');
  expect(await queue.length()).toBe(1);
  expect(dispatcher.activeJobs().map(({ id }) => id)).toEqual([holder.id]);
  open();
  expect(await waiting.wait()).toEqual(expect.any(Number));
});

it('Q2 beginBy counts from beginAfter, where that is later than the put', async () => {
  const begin = Date.now() + 200;
  const job = await context
    .queue('after')
    .put(now.job(), { beginAfter: new Date(begin), beginBy: 60_000 });
  await dispatchers.start('after');
  expect(await job.wait()).toBeGreaterThanOrEqual(begin);
});

it('J8 an overdue job is logged and emitted as failed', async () => {
  await putOverdue('told');
  const { logger, lines } = readableLogger();
  const dispatcher = dispatchers.make('told', { logger });
  const failed = next(dispatcher, 'failed');
  await dispatcher.activate();
  expect((await failed).failure.name).toBe('TimeoutError');
  expect(lines.filter(({ msg }) => msg === 'job failed')).toMatchObject([
    { level: 50, failure: 'TimeoutError' },
  ]);
});

it('Q2 a job that has begun in time may run on after its beginBy', async () => {
  const { open, opened } = gate();
  const job = await context.queue('long').put(
    defineTask('begin-by.long', async () => {
      await opened;
      return 'done';
    }).job(),
    { beginBy: 5_000 },
  );
  await dispatchers.start('long');
  await eventually(async () => (await job.refresh()).status === 'active');
  const deadlines = `${context.prefix}:long:begin-by`;
  // Its deadline has passed, and a dispatcher has looked at it.
  await context.redis.zadd(deadlines, 0, `main/${job.id}`);
  await context.redis.zadd(`${context.prefix}:long/system:marker`, 0, '0');
  await eventually(async () => Number(await context.redis.zscore(deadlines, `main/${job.id}`)) > 0);
  open();
  expect(await job.wait()).toBe('done');
});

it('Q2 a retry that would come after beginBy fails the job with its own failure', async () => {
  const job = await context
    .queue('retry')
    .put(fails.job(), { beginBy: 60_000, retryPolicy: inTwoMinutes });
  await dispatchers.start('retry');
  await expect(job.wait()).rejects.toMatchObject({ name: 'RangeError', message: 'run 1' });
});

it('Q2 a retry before beginBy runs', async () => {
  const job = await context
    .queue('in-time')
    .put(fails.job(), { beginBy: 60_000, retryPolicy: twice });
  await dispatchers.start('in-time');
  await expect(job.wait()).rejects.toMatchObject({ name: 'RangeError', message: 'run 2' });
});

it('Q2 a job that was interrupted after its beginBy is aborted', async () => {
  const job = await context
    .queue('interrupt')
    .put(defineTask('begin-by.interrupted', async () => await aborted(local.signal)).job(), {
      beginBy: 1_000,
      retryPolicy: inTwoMinutes,
    });
  const dispatcher = dispatchers.make('interrupt');
  const started = next(dispatcher, 'started');
  await dispatcher.activate();
  await started;
  await dispatcher.deactivate();
  const { timestamp } = await context.redis.hgetall(`${context.prefix}:interrupt:${job.id}`);
  await eventually(() => Date.now() > Number(timestamp) + 1_000);
  await dispatchers.start('interrupt');
  await expect(job.wait()).rejects.toMatchObject({
    name: 'AbortedError',
    message: expect.stringMatching(/was interrupted 1 times; its beginBy is past/) as string,
    cause: late,
  });
});

it('Q2 an unroutable job ends too', async () => {
  const { id } = await context.queue('unknown').put(now.job());
  await context.redis.hset(
    `${context.prefix}:unknown:${id}`,
    'name',
    'begin-by.nobody',
    'opts',
    '{"beginBy":1}',
  );
  const job = (await context.queue('unknown').get(id)) as Job;
  await dispatchers.start('unknown');
  await expect(job.wait()).rejects.toMatchObject(late);
});

it.each<[string, string, string]>([
  ['its manifest', 'manifest', '{'],
  ['its options', 'opts', '{"beginBy":50,"beginAfter":{}}'],
  ['its data', 'data', '5'],
])(
  'B1, Q2, O1 an overdue job with damage in %s does not block cancels of others',
  async (what, field, value) => {
    const name = `damaged-${field}`;
    const queue = context.queue(name);
    const job = await queue.put(now.job(), { beginBy: 50 });
    await context.redis.hset(`${context.prefix}:${name}:${job.id}`, field, value);
    await dispatchers.start(name);
    await eventually(async () => (await queue.deadLetters().list()).length === 1);
    const deadlines = `${context.prefix}:${name}:begin-by`;
    await context.redis.zadd(deadlines, 1, `main/${job.id}`);
    const other = await queue.put(now.job(), { beginAfter: 600_000 });
    await other.cancel();
    await expect(other.wait({ timeout: 5_000 })).rejects.toMatchObject({ name: 'CancelledError' });
    expect(await queue.deadLetters().list()).toMatchObject([{ id: job.id }]);
  },
);
