// The sources of a job's policy: the job, its task, its queue, and Drover's default (R1).
import {
  defineTask,
  InvalidArgumentError,
  NeverRetry,
  Queue,
  retry,
  RetryCommonForever,
} from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';

const context = testContext('job-defaults');
const plain = defineTask('defaults.plain', (...args: unknown[]) => args);
const careful = defineTask('defaults.careful', () => {}, {
  retryPolicy: NeverRetry,
  failureLogLevel: 'fatal',
});
const often = retry({ attempts: 7 });

const queue = new Queue('defaults', {
  connection: context.redisUrl,
  prefix: context.prefix,
  defaultJobOptions: { retryPolicy: RetryCommonForever, failureLogLevel: 'warn' },
});
cleanUpLater(() => queue.close());

/** The stored options of a job. */
const stored = async (id: string): Promise<unknown> =>
  JSON.parse((await context.redis.hget(`${context.prefix}:defaults:${id}`, 'opts')) ?? '');

it("R1 the queue's policy holds where neither the job nor its task has one", async () => {
  const job = await queue.put(plain.job());
  expect(job.options).toEqual({ retryPolicy: 'RetryCommonForever', failureLogLevel: 'warn' });
  expect(await stored(job.id)).toMatchObject(job.options);
});

it("R1 the task's policy comes before the queue's", async () => {
  const job = await queue.put(careful.job());
  expect(await stored(job.id)).toMatchObject({
    retryPolicy: 'NeverRetry',
    failureLogLevel: 'fatal',
  });
});

it("R1 the job's own options come before its task's, one by one", async () => {
  const [made, put] = [await queue.put(careful.job().with({ retryPolicy: often })), careful.job()];
  await queue.put(put, { retryPolicy: 'mine' });
  expect(await stored(made.id)).toMatchObject({
    retryPolicy: often.name,
    failureLogLevel: 'fatal',
  });
  expect(await stored(put.id)).toMatchObject({ retryPolicy: 'mine', failureLogLevel: 'fatal' });
});

it("R1 the queue's defaults hold for new jobs among the arguments too", async () => {
  const [first, second] = [plain.job(), careful.job()];
  const outer = await queue.put(plain.job(first, [plain.job(second)]));
  const [inner, [middle]] = (await queue.get(outer.id))?.args as [typeof first, [typeof first]];
  expect(inner.options).toEqual({ retryPolicy: 'RetryCommonForever', failureLogLevel: 'warn' });
  expect((middle.args[0] as typeof first).options).toEqual({
    retryPolicy: 'NeverRetry',
    failureLogLevel: 'fatal',
  });
});

it("R1 a refused put leaves the job without the queue's defaults", async () => {
  const job = plain.job(() => {});
  await expect(queue.put(job)).rejects.toThrow('args[0]');
  expect(job.options).toEqual({});
  const other = plain.job(plain.job());
  await context.queue('others').put(other);
  expect([other.options, (other.args[0] as typeof other).options]).toEqual([{}, {}]);
});

it.each<[unknown, string]>([
  [{ beginAfter: 5 }, 'defaultJobOptions of the queue odd may not have "beginAfter"'],
  [{ attempts: 3 }, 'defaultJobOptions of the queue odd may not have "attempts"'],
  [{ retryPolicy: {} }, 'retryPolicy must be'],
  [null, 'defaultJobOptions of the queue odd must be an object'],
])('B2 %j as defaultJobOptions is refused', (defaultJobOptions, why) => {
  const make = (): Queue =>
    new Queue('odd', { connection: context.redisUrl, defaultJobOptions } as never);
  expect(make).toThrow(InvalidArgumentError);
  expect(make).toThrow(why);
});
