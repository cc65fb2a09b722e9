// Usage, testing: one job runs in the process of the test, under the rules of a dispatcher.
import { defineTask, local, NeverRetry, retry, type Job } from '@drover/core';
import { parallel, serial } from '@drover/composite';
import { runInline } from '@drover/worker/testing';
import { testContext } from '../kit/context.js';

const context = testContext('usage-inline');
const connection = context.redisUrl;
const queue = context.queue('inline');

const double = defineTask('inline.double', async (n: number) => 2 * n);
const sum = defineTask('inline.sum', async (title: string, ...jobs: Job<number>[]) => {
  return `${title} ${jobs.reduce((total, { result }) => total + (result as number), 0)}`;
});

it('Q1 a job runs, and its value is returned', async () => {
  const value: number = await runInline(double.job(21), { connection });
  expect(value).toBe(42);
  const now = defineTask('inline.now', async () => new Date(0));
  expect(await runInline(now, { connection })).toEqual(new Date(0));
});

it('C1 a composite runs with its parts in their lanes, and its postprocess', async () => {
  const parts = [double.job(1), double.job(2).with({ lane: 'gpu', beginAfter: 3_600_000 })];
  const album = serial([parallel(parts, { postprocess: sum.job('sum') }), double.job(4)]);
  expect(await runInline(album, { connection })).toEqual(['sum 6', 8]);
});

it('R2 a job is retried without its back-off, and its failure is thrown', async () => {
  let runs = 0;
  const refuse = defineTask('inline.refuse', async () => {
    runs++;
    if (runs < 3) throw new RangeError('refused');
    return local.attempt;
  });
  const retryPolicy = retry({ attempts: 3, backoff: 3_600_000 });
  expect(await runInline(refuse.job().with({ retryPolicy }), { connection })).toBe(3);
  runs = 0;
  await expect(
    runInline(refuse.job().with({ retryPolicy: NeverRetry }), { connection }),
  ).rejects.toThrow(RangeError);
});

it('J6, J7 puts of the task and callbacks run as well, and nothing is left in Redis', async () => {
  const seen: unknown[] = [];
  const note = defineTask('inline.note', async (what: unknown) => void seen.push(what));
  const task = defineTask('inline.puts', async () => {
    await local.getQueue().put(note.job('put'));
    return 'value';
  });
  const job = task.job();
  await job.addCallback(note.job());
  const before = await context.redis.dbsize();
  expect(await runInline(job, { connection })).toBe('value');
  expect(seen.sort()).toEqual(['put', 'value']);
  const keys = await context.redis.keys('{inline-*');
  expect([keys, before]).toEqual([[], expect.any(Number)]);
});

it('Q5 a job that was put runs in its own queue, with its quotas', async () => {
  await queue.quotas.create('disk', 1);
  const job = await queue.put(double.job(2), { quotas: ['disk'], beginAfter: 3_600_000 });
  expect(await runInline(job, { queue })).toBe(4);
  expect(job.status).toBe('completed');
  expect(await context.redis.keys(`${context.prefix}:dispatcher:*`)).toEqual([]);
});

it('B2 a job that cannot end here is an error, not a hang', async () => {
  const elsewhere = await context.queue('elsewhere').put(double.job(1));
  const follow = defineTask('inline.follow', async () => elsewhere);
  await expect(runInline(follow, { queue })).rejects.toThrow(
    /is active, and nothing is due that would let it go on: it waits for a job of another queue/,
  );
  const forever = defineTask('inline.forever', async () => {
    await new Promise((_, reject) => local.signal.addEventListener('abort', reject));
  });
  await expect(runInline(forever, { connection, timeout: 50 })).rejects.toThrow(
    /after 50 ms job \S+ is still running in the lane main/,
  );
});

it('B2 says what is wrong', async () => {
  const put = await queue.put(double.job(1));
  await expect(runInline(put)).rejects.toThrow(/was put: runInline needs its queue/);
  await expect(runInline((() => 1) as never)).rejects.toThrow(/the job of runInline is not a job/);
  await expect(runInline(put, { queue: 'inline' as never })).rejects.toThrow(
    'queue must be a Queue, not "inline"',
  );
  await expect(runInline(put, { queue, connection })).rejects.toThrow(/a queue or a connection/);
  await expect(runInline(put, { quue: queue } as never)).rejects.toThrow(/no option "quue"/);
});
