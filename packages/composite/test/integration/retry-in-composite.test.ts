// A retried composite and the jobs in it: parts, jobs that tasks make, and retention (O3).
import { defineTask, Failure, JobStatus, joinJobs, local, type Job } from '@drover/core';
import { parallel, serial } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { gate } from '../../../../test/kit/gate.js';
import { eventually } from '../../../../test/kit/wait.js';
import { startDispatcher } from './dispatchers.js';
import { ran, failing, step, strict, post, expectNothingLeft, failed } from './retry-tasks.js';

const context = testContext('retry-in-composite');
beforeEach(() => {
  ran.splice(0);
  failing.clear();
});

it('O3, J2 while it runs again, successes are completed and waiting parts are new', async () => {
  await startDispatcher(context, 'statuses', 2);
  const { opened, open } = gate();
  const again = defineTask('retry.again', async () => {
    if (local.fence === 1) throw new Error('first');
    await opened;
    return local.fence;
  });
  const parts = [step.job('a'), again.job(), again.job()] as Job[];
  const postprocess = post('post');
  const job = await failed(context, 'statuses', serial(parts, { postprocess }), 'first');
  await job.retry();
  await eventually(async () => (await parts[1]?.refresh())?.status === JobStatus.ACTIVE);
  const statuses = [];
  for (const one of [job, ...parts, postprocess]) statuses.push((await one.refresh()).status);
  expect(statuses).toEqual(['active', 'completed', 'active', 'new', 'new']);
  expect(
    (await context.queue('statuses').jobs({ status: 'new' })).map(({ id }) => id).sort(),
  ).toEqual([parts[2], postprocess].map((one) => one?.id).sort());
  await parts[2]?.cancel('not this one');
  open();
  await expect(job.wait()).rejects.toThrow('not this one');
  await job.retry();
  expect(await job.wait()).toEqual(['a', 2, 3]);
});

it('O3 with 3 of 100 parts failed, 4 jobs run', async () => {
  await startDispatcher(context, 'hundred', 10);
  const bad = ['3', '50', '99'];
  bad.forEach((one) => failing.add(one));
  const parts = Array.from({ length: 100 }, (_, i) => step.job(`${i}`));
  const job = await failed(
    context,
    'hundred',
    parallel(parts as Job[], { postprocess: post('post') }),
    '3 failed',
  );
  ran.splice(0);
  failing.clear();
  await job.retry();
  expect(await job.wait({ timeout: 60_000 })).toEqual(parts.map((_, i) => `${i}`));
  expect(ran.sort()).toEqual([...bad, 'post']);
});

it('O3 a part can be retried by itself only after its composite has completed', async () => {
  await startDispatcher(context, 'part', 4);
  const { opened, open } = gate();
  const waits = defineTask('retry.waits', () => opened).job();
  failing.add('a');
  const part = step.job('a');
  const job = await context.queue('part').put(parallel([part, waits] as Job[]));
  await expect(part.wait()).rejects.toThrow('a failed');
  await expect(part.retry()).rejects.toThrow(
    'belongs to a job that has not completed, as its part or its callback',
  );
  expect((await part.refresh()).status).toBe(JobStatus.COMPLETED);
  open();
  const [result] = await job.wait();
  failing.clear();
  await part.retry();
  expect(await part.wait()).toBe('a');
  expect(result).toBeInstanceOf(Failure);
  expect((await job.refresh()).result).toEqual([expect.any(Failure), undefined]);
});

it('O3, C6 a retried task makes its jobs anew', async () => {
  await startDispatcher(context, 'anew', 4);
  const makes = defineTask('retry.makes', () =>
    joinJobs([step.job('x'), step.job('y')] as Job[], {
      then: strict.job('then') as unknown as Job,
    }),
  );
  failing.add('x');
  const job = await failed(context, 'anew', makes.job() as Job, 'x failed');
  ran.splice(0);
  failing.clear();
  await job.retry();
  expect(await job.wait({ timeout: 60_000 })).toEqual(['x', 'y']);
  expect([...ran].sort()).toEqual(['then', 'x', 'y']);
  await expectNothingLeft(context, 'anew');
});

it('O3, J5 a retried job retries the failed job that it returned', async () => {
  await startDispatcher(context, 'returned', 4);
  const inner = step.job('inner');
  const returns = defineTask('retry.returns', (returned: Job) => returned);
  failing.add('inner');
  const job = await failed(context, 'returned', returns.job(inner) as Job, 'inner failed');
  failing.clear();
  await job.retry();
  expect(await job.wait({ timeout: 60_000 })).toBe('inner');
});

it('O3, J9 jobs that ran again go with their composite', async () => {
  await startDispatcher(context, 'kept', 4, { keepCompleted: { age: Infinity, count: 1_000 } });
  failing.add('b');
  const parts = ['a', 'b'].map((one) => step.job(one));
  const job = await failed(
    context,
    'kept',
    parallel(parts as Job[], { postprocess: post('post') }),
    'b failed',
  );
  failing.clear();
  await job.retry();
  await job.wait();
  await startDispatcher(context, 'kept', 4, { keepCompleted: { age: 0, count: 0 } });
  await context.redis.del(`${context.prefix}:kept:retention`);
  await startDispatcher(context, 'kept', 4, { keepCompleted: { age: 0, count: 0 } });
  await eventually(async () => (await context.queue('kept').get(job.id)) === undefined);
  await eventually(
    async () => (await context.redis.keys(`${context.prefix}:kept:*-*-*`)).length === 0,
  );
});

it('O3, C2, J7 a retried serial does not chain onto a part whose callbacks still run', async () => {
  const [callback, failure] = [gate(), gate()];
  let runs = 0;
  const fails = defineTask('retry.fails-held', async () => {
    if (++runs > 1) await failure.opened;
    throw new Error(`run ${runs}`);
  });
  const waits = defineTask('retry.callback-held', (_: unknown) => callback.opened);
  const last = step.job('never');
  const called = await last.addCallback(waits.job());
  const queue = context.queue('held');
  await startDispatcher(context, 'held');
  const all = await queue.put(
    serial([fails.job(), step.job('between'), last], { onFailure: 'stop' }),
  );
  await expect(all.wait()).rejects.toThrow('run 1');
  await eventually(async () => (await last.refresh()).status === JobStatus.CALLBACKS);
  await all.retry();
  await eventually(() => context.redis.zscore(`${context.prefix}:held:waiting-children`, all.id));
  expect(runs).toBe(1);
  callback.open();
  await called.wait();
  failure.open();
  await expect(all.wait()).rejects.toThrow('run 2');
  await expect(last.wait({ timeout: 20_000 })).rejects.toMatchObject({ name: 'AbortedError' });
  expect(ran).toEqual([]);
  await expectNothingLeft(context, 'held');
});
