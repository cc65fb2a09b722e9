// Arguments and results that are too large are refused with their size (J4, R2).
import {
  DataTooLargeError,
  defineRetryPolicy,
  defineTask,
  InvalidArgumentError,
  local,
  Queue,
  type Job,
} from '@drover/core';
import { parallel } from '@drover/composite';
import { Dispatcher } from '@drover/worker';
import { testContext } from '../../../../test/kit/context.js';
import { dispatchersIn } from './dispatchers.js';

const context = testContext('data-size');
const dispatchers = dispatchersIn(context);
const give = defineTask('size.give', (value: unknown) => value);
const ofLength = defineTask('size.ofLength', (length: number) => 'x'.repeat(length));
const MiB = 1024 * 1024;

/** A queue whose limit is 1,000 bytes. */
const small = new Queue('small', {
  connection: context.redisUrl,
  prefix: context.prefix,
  maxDataBytes: 1_000,
});
afterAll(() => small.close());

it('J4 arguments over 5 MiB are refused with size and limit, and not put', async () => {
  const queue = context.queue('default');
  const job = give.job('x'.repeat(5 * MiB));
  await expect(queue.put(job)).rejects.toThrow(DataTooLargeError);
  await expect(queue.putAll([give.job(1), job])).rejects.toMatchObject({
    code: 'DROVER_DATA_TOO_LARGE',
    size: 5 * MiB + 4,
    limit: 5 * MiB,
    message:
      `the arguments of ${String(job)}: 5,242,884 bytes as JSON ` +
      'are more than maxDataBytes, which is 5,242,880',
  });
  expect([await queue.length(), job.status]).toEqual([0, 'new']);
});

it('J4 a queue has its own limit, which counts bytes', async () => {
  await small.put(give.job('x'.repeat(996)));
  await expect(small.put(give.job('x'.repeat(997)))).rejects.toMatchObject({
    size: 1_001,
    limit: 1_000,
  });
  await small.put(give.job('€'.repeat(332)));
  await expect(small.put(give.job('€'.repeat(333)))).rejects.toMatchObject({ size: 1_003 });
  await expect(
    small.put(parallel([give.job('x'.repeat(500)), give.job('x'.repeat(500))])),
  ).rejects.toThrow(DataTooLargeError);
});

it('J4 J7 the limit holds for callbacks and changed arguments', async () => {
  const job = await small.put(give.job(1));
  const callback = give.job('x'.repeat(1_000));
  await expect(job.addCallback(callback)).rejects.toThrow(DataTooLargeError);
  await expect(job.update({ args: ['x'.repeat(1_000)] })).rejects.toThrow(DataTooLargeError);
  expect([callback.status, (await job.refresh()).args]).toEqual(['new', [1]]);
});

it('R2 a result that is too large is a commit error', async () => {
  const asked: string[] = [];
  const retryPolicy = defineRetryPolicy('size.asked', {
    jobError: () => false,
    commitError: (failure) => {
      asked.push(failure.name);
      return asked.length < 2;
    },
    interrupted: () => false,
  });
  await dispatchers.start('result', { maxDataBytes: 1_000 });
  const queue = context.queue('result');
  expect(await (await queue.put(ofLength.job(998))).wait()).toHaveLength(998);
  await expect((await queue.put(ofLength.job(999), { retryPolicy })).wait()).rejects.toMatchObject({
    code: 'DROVER_DATA_TOO_LARGE',
    message: expect.stringMatching(/^the result of job .*1,001 bytes/) as string,
  });
  expect(asked).toEqual(['DataTooLargeError', 'DataTooLargeError']);
});

it('R2 the joined results may be too large, and a small postprocess result is not', async () => {
  await dispatchers.start('joined', { maxDataBytes: 1_000 });
  const queue = context.queue('joined');
  const parts = (): Job<string>[] => [ofLength.job(600), ofLength.job(600)];
  const album = await queue.put(parallel(parts()));
  await expect(album.wait()).rejects.toMatchObject({ code: 'DROVER_DATA_TOO_LARGE' });
  const count = defineTask('size.count', (...jobs: Job[]) => jobs.length);
  expect(await (await queue.put(parallel(parts(), { postprocess: count.job() }))).wait()).toBe(2);
});

it("J4 a dispatcher's limit holds for the puts and returned jobs of its tasks", async () => {
  const putLarge = defineTask('size.putLarge', async () => {
    await local.getQueue().put(give.job('x'.repeat(1_000)));
  });
  const returnLarge = defineTask('size.returnLarge', () => give.job('x'.repeat(1_000)));
  await dispatchers.start('inside', { maxDataBytes: 1_000 });
  for (const task of [putLarge, returnLarge]) {
    const job = await context.queue('inside').put(task.job());
    await expect(job.wait()).rejects.toMatchObject({ code: 'DROVER_DATA_TOO_LARGE' });
  }
});

it('J3 a failure that is too large is stored in part', async () => {
  const failLarge = defineTask('size.failLarge', () => {
    const cause = new Error('y'.repeat(50_000));
    throw Object.assign(new RangeError('x'.repeat(50_000), { cause }), {
      code: 'E_LARGE',
      body: 'z'.repeat(50_000),
    });
  });
  await dispatchers.start('failure', { maxDataBytes: 20_000 });
  const error = await (
    await context.queue('failure').put(failLarge.job())
  )
    .wait()
    .catch((thrown: unknown) => thrown as Error);
  expect(error).toMatchObject({ name: 'RangeError', message: 'x'.repeat(1_000), code: 'E_LARGE' });
  expect(error).not.toHaveProperty('cause');
});

it.each([0, -1, 1.5, '5 MiB', null])('B2 maxDataBytes of %p is refused', (maxDataBytes) => {
  const options = { maxDataBytes: maxDataBytes as number, connection: context.redisUrl };
  expect(() => new Queue('odd', options)).toThrow(InvalidArgumentError);
  expect(() => new Dispatcher({ ...options, queues: { odd: { main: {} } } })).toThrow(
    /maxDataBytes must be/,
  );
});
