// Callbacks can be added at any moment of a job's life; they run in order, with its result, before
// it has completed (J7).
import { defineTask, JobStatus, local, type Job } from '@drover/core';
import { waitForStatus } from '@drover/core/testing';
import { testContext } from '../../../../test/kit/context.js';
import { expectEndedOnce } from '../../../../test/kit/events.js';
import { collect, dispatchersIn, readableLogger } from './dispatchers.js';
import { gates, seen, five, fails, waits, note, newGate } from './callback-tasks.js';

const context = testContext('callbacks');
const dispatchers = dispatchersIn(context);
beforeEach(() => void (seen.length = 0));
const fall = defineTask('callbacks.fall', async (name: string) => {
  await gates.get(name)?.opened;
  throw new RangeError('fell');
});
const notesStatus = defineTask('callbacks.notesStatus', async (job: Job) => {
  await job.refresh();
  seen.push([job.status, job.result]);
});
const throws = defineTask('callbacks.throws', () => {
  throw new TypeError('the callback fails');
});
const waitsThen = defineTask('callbacks.waitsThen', async (name: string, result: unknown) => {
  seen.push([name, 'starts', result]);
  await gates.get(name)?.opened;
  seen.push([name, 'ends']);
});

describe('J7 a callback added before the put', () => {
  it('gets the value as its last argument, and runs before the job has completed', async () => {
    const job = five.job();
    const status = await job.addCallback(notesStatus.job(job));
    const first = await job.addCallback(note.job('first'));
    expect(first.status).toBe(JobStatus.NEW);
    const queue = context.queue('before-put');
    await queue.put(job);
    expect(await first.refresh()).toMatchObject({ status: JobStatus.NEW, queue: 'before-put' });
    expect(await queue.length()).toBe(1);
    await dispatchers.start('before-put');
    expect(await job.wait()).toBe(5);
    expect(seen).toEqual([
      [JobStatus.CALLBACKS, 5],
      ['first', 5],
    ]);
    expect(await first.refresh()).toMatchObject({ status: JobStatus.COMPLETED, result: 50 });
    expect((await status.refresh()).status).toBe(JobStatus.COMPLETED);
    await expectEndedOnce(context, 'before-put', [job, first, status]);
  });

  it('is stored with its job, and the order of the jobs put with it stays', async () => {
    const queue = context.queue('among');
    const [a, b, c] = [five.job(), five.job(), five.job()];
    const callback = await b.addCallback(note.job('b'));
    await queue.putAll([a, b, c]);
    expect((await queue.jobs()).map(({ id }) => id)).toEqual([a.id, b.id, c.id]);
    await dispatchers.start('among', { size: 1 });
    await Promise.all([a, b, c, callback].map((job) => job.wait()));
    expect(seen).toEqual([['b', 5]]);
  });

  it('is kept when it is added during the put', async () => {
    const queue = context.queue('meanwhile');
    const job = five.job();
    const put = queue.put(job);
    const callback = await job.addCallback(note.job('late'));
    await put;
    await dispatchers.start('meanwhile');
    expect(await callback.wait()).toBe(50);
  });

  it('waits for the beginAfter of its job', async () => {
    const queue = context.queue('later');
    const job = five.job();
    await job.addCallback(note.job('later'));
    const before = Date.now();
    await queue.put(job, { beginAfter: 200 });
    await dispatchers.start('later');
    expect(await job.wait()).toBe(5);
    expect(Date.now() - before).toBeGreaterThanOrEqual(200);
    expect(seen).toEqual([['later', 5]]);
  });
});

it('J7 the callbacks of a failed job get the Failure', async () => {
  const job = fails.job();
  const callback = await job.addCallback(note.job('failed'));
  await context.queue('fails').put(job);
  await dispatchers.start('fails');
  await expect(job.wait()).rejects.toThrow('no such luck');
  expect(seen).toEqual([['failed', 'RangeError']]);
  expect(await callback.wait()).toBe('RangeError');
  await expectEndedOnce(context, 'fails', [job, callback]);
});

it('J7 a callback that another process adds to a pending job runs', async () => {
  const queue = context.queue('pending');
  const job = await queue.put(five.job());
  const elsewhere = await queue.get(job.id);
  await elsewhere?.addCallback(note.job('pending'));
  await dispatchers.start('pending');
  expect(await job.wait()).toBe(5);
  expect(seen).toEqual([['pending', 5]]);
});

it.each(['value', 'failure'])(
  'J7 a callback added while the job runs gets its %s before the job has completed',
  async (kind) => {
    const queue = context.queue(`active-${kind}`);
    const open = newGate(kind);
    const job: Job = await queue.put(kind === 'value' ? waits.job(kind) : fall.job(kind));
    const started = dispatchers.make(`active-${kind}`);
    const events = collect(started, kind === 'value' ? 'completed' : 'failed');
    await started.activate();
    await waitForStatus(job, JobStatus.ACTIVE);
    const callback = await job.addCallback(notesStatus.job(job));
    open.open();
    await job.wait().catch(() => {});
    expect(seen).toMatchObject([
      [JobStatus.CALLBACKS, kind === 'value' ? 'value' : { name: 'RangeError' }],
    ]);
    expect((await callback.refresh()).status).toBe(JobStatus.COMPLETED);
    // The event comes once, when the result is stored.
    expect(events.filter(({ job: { id } }) => id === job.id)).toHaveLength(1);
    await expectEndedOnce(context, `active-${kind}`, [job, callback]);
  },
);

it('J7 a callback added in callbacks runs after the others, before the job completes', async () => {
  const queue = context.queue('in-callbacks');
  const open = newGate('slow');
  const job = five.job();
  await job.addCallback(waitsThen.job('slow'));
  await queue.put(job);
  await dispatchers.start('in-callbacks', { size: 1 });
  await waitForStatus(job, JobStatus.CALLBACKS);
  expect(job.result).toBe(5);
  const added = await job.addCallback(notesStatus.job(job));
  open.open();
  expect(await job.wait()).toBe(5);
  expect(seen).toEqual([
    ['slow', 'starts', 5],
    ['slow', 'ends'],
    [JobStatus.CALLBACKS, 5],
  ]);
  expect((await added.refresh()).status).toBe(JobStatus.COMPLETED);
});

it('J7 a callback added after completion runs at once', async () => {
  const queue = context.queue('completed');
  await dispatchers.start('completed');
  const job = await queue.put(five.job());
  await job.wait();
  const failed = await queue.put(fails.job());
  await failed.wait().catch(() => {});
  expect(await (await job.addCallback(note.job('late'))).wait()).toBe(50);
  expect(await (await failed.addCallback(note.job('late'))).wait()).toBe('RangeError');
  expect((await job.refresh()).status).toBe(JobStatus.COMPLETED);
});

it('J7 callbacks of a job run one after another, though slots are free', async () => {
  const queue = context.queue('order');
  const job = five.job();
  for (const name of ['a', 'b', 'c']) {
    newGate(name).open();
    await job.addCallback(waitsThen.job(name));
  }
  await queue.put(job);
  await dispatchers.start('order');
  await job.wait();
  expect(seen.map((entry) => (entry as string[]).slice(0, 2))).toEqual(
    ['a', 'b', 'c'].flatMap((name) => [
      [name, 'starts'],
      [name, 'ends'],
    ]),
  );
});

it('J7 a job in callbacks occupies no slot', async () => {
  const job = five.job();
  await job.addCallback(note.job('slot'));
  await context.queue('slot').put(job);
  await dispatchers.start('slot', { size: 1 });
  expect(await job.wait({ timeout: 5_000 })).toBe(5);
});

it('J7 callbacks of callbacks run before the outer job has completed', async () => {
  const queue = context.queue('chain');
  const job = five.job();
  const first = await job.addCallback(note.job('first'));
  const second = await first.addCallback(note.job('second'));
  await queue.put(job);
  const third = await second.addCallback(note.job('third'));
  await dispatchers.start('chain');
  await job.wait();
  expect(seen).toEqual([
    ['first', 5],
    ['second', 50],
    ['third', 500],
  ]);
  expect((await third.refresh()).result).toBe(5_000);
});

it('J7, J8 a failed callback does not change its job, and is logged at fatal', async () => {
  const { logger, lines } = readableLogger();
  const job = five.job();
  const bad = await job.addCallback(throws.job());
  const quiet = await job.addCallback(throws.job().with({ failureLogLevel: 'info' }));
  await job.addCallback(note.job('next'));
  await context.queue('bad').put(job);
  await dispatchers.start('bad', { logger });
  expect(await job.wait()).toBe(5);
  expect(seen).toEqual([['next', 5]]);
  expect((await bad.refresh()).result).toMatchObject({ name: 'TypeError' });
  const logged = lines
    .filter(({ msg }) => msg === 'job failed')
    .map(({ job: id, level }) => [id, level]);
  expect(logged).toEqual([
    [bad.id, 60],
    [quiet.id, 30],
  ]);
});

it('J7 the default policy of callbacks is RetryCommonForever', async () => {
  const job = five.job();
  const plain = await job.addCallback(note.job('x'));
  const own = await job.addCallback(note.job('y').with({ retryPolicy: 'NeverRetry' }));
  await context.queue('policy').put(job);
  expect((await plain.refresh()).options).toMatchObject({
    retryPolicy: 'RetryCommonForever',
    failureLogLevel: 'fatal',
  });
  expect((await own.refresh()).options).toMatchObject({ retryPolicy: 'NeverRetry' });
});

it('J7 a job may add callbacks to itself while it runs', async () => {
  const queue = context.queue('itself');
  const adds = defineTask('callbacks.adds', async () => {
    await local.getJob().addCallback(note.job('own'));
    return 7;
  });
  const joins = defineTask('callbacks.joins', async () => {
    await local.getJob().addCallback(note.job('of composite'));
    return five.job();
  });
  await dispatchers.start('itself');
  expect(await (await queue.put(adds.job())).wait()).toBe(7);
  expect(await (await queue.put(joins.job())).wait()).toBe(5);
  expect(seen).toEqual([
    ['own', 7],
    ['of composite', 5],
  ]);
});

it('J7 callbacks added in parallel with the finish run exactly once each', async () => {
  const queue = context.queue('storm');
  await dispatchers.start('storm', { size: 4 });
  const counts = new Map<string, number>();
  const counted = defineTask('callbacks.counted', () => {
    const { id } = local.getJob();
    counts.set(id, (counts.get(id) ?? 0) + 1);
  });
  const jobs = await queue.putAll<Job>(
    Array.from({ length: 60 }, (_, i) => (i % 2 ? five.job() : fails.job())),
  );
  const callbacks = await Promise.all(
    jobs.flatMap((job) =>
      Array.from({ length: 5 }, async () => await job.addCallback(counted.job())),
    ),
  );
  await Promise.all(callbacks.map((callback) => callback.wait()));
  await Promise.all(jobs.map((job) => job.wait().catch(() => {})));
  expect([...counts.values()]).toEqual(Array<number>(300).fill(1));
  await expectEndedOnce(context, 'storm', [...jobs, ...callbacks]);
});
