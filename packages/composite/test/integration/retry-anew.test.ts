// A retried job whose task makes its children anew: failed jobs that it was given run again (O3).
import {
  appendJobs,
  defineTask,
  Failure,
  joinJobs,
  local,
  NeverRetry,
  type Job,
} from '@drover/core';
import { parallel, serial } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { give, startDispatcher } from './dispatchers.js';
import { flakyTasks } from './flaky-tasks.js';

const context = testContext('composite-retry-anew');
const queue = context.queue('anew');
beforeAll(async () => {
  await startDispatcher(context, 'anew', 5);
});
const tasks = flakyTasks('retryAnew');
const { flaky, steady, runs } = tasks;

/** The results of its jobs, or the first failure. */
const strict = defineTask('retryAnew.strict', (...jobs: Job[]) => {
  const failure = jobs.map(({ result }) => result).find((result) => result instanceof Failure);
  if (failure) throw failure.toError();
  return jobs.map(({ result }) => result);
});
const relay = defineTask('retryAnew.relay', (job: Job): Job => job);
const stopping = { onFailure: 'stop' } as const;

const joinsStrictly = defineTask('retryAnew.joinsStrictly', (...jobs: Job[]) =>
  joinJobs(jobs, { then: strict.job() }),
);
const joins = defineTask('retryAnew.joins', (...jobs: Job[]) => joinJobs(jobs, stopping));
const joinsInOrder = defineTask('retryAnew.inOrder', (...jobs: Job[]) =>
  joinJobs(jobs, { inOrder: true, ...stopping }),
);

/** The children that a task makes anew around the jobs that it is given. */
const WAYS: Record<string, (...jobs: Job[]) => unknown> = {
  'a `then`': (...jobs) => joinJobs(jobs, { then: strict.job() }),
  'a composite as `then`, beside a new job': (...jobs) =>
    joinJobs([...jobs, give.job('new')], {
      then: parallel([], { postprocess: give.job('end') }) as never,
      ...stopping,
    }),
  'a job that waits for them': (...jobs) => joinsStrictly.job(...jobs),
  'a job that waits for them, and stops': (...jobs) => joins.job(...jobs),
  'a chain of them': (...jobs) => joinsInOrder.job(...jobs),
  'jobs in composites': (...jobs) =>
    serial([parallel([joins.job(...jobs) as Job], stopping)], stopping),
  'jobs that return them': (...jobs) =>
    joinJobs(
      jobs.map((job) => relay.job(job)),
      { ...stopping, then: give.job('end') as never },
    ),
  'a job made once': async (...jobs) =>
    joinJobs([await local.once('made', () => joinsStrictly.job(...jobs))], { then: strict.job() }),
};

describe.each(Object.entries(WAYS))('%s', (way, make) => {
  const task = defineTask(`retryAnew.${way}`, make);

  it.each(['new', 'put'])(
    'O3 around %s jobs, failed ones run again and succeeded ones do not',
    async (how) => {
      const jobs = [steady.job('a'), flaky.job('b'), flaky.job('c')] as Job[];
      // A job of a chain cannot have been put before.
      if (how === 'put' && way !== 'a chain of them')
        await queue.putAll(jobs as Job<unknown, []>[]);
      const job = await queue.put(task.job(...jobs) as Job<unknown, []>);
      await expect(job.wait({ timeout: 5_000 })).rejects.toThrow('is not ready');
      tasks.heal();
      await job.retry();
      await job.wait({ timeout: 5_000 });
      expect(runs.get('a')).toBe(1);
      expect(runs.get('b')).toBe(2);
      // Where a failure stops the others, this one may not have run before.
      expect([1, 2]).toContain(runs.get('c'));
      expect(await queue.length()).toBe(0);
    },
  );

  it('O3 below a composite that is retried twice', async () => {
    const jobs = [steady.job('a'), flaky.job('b')] as Job[];
    const album = await queue.put(serial([task.job(...jobs) as Job, give.job(1)], stopping));
    await expect(album.wait({ timeout: 5_000 })).rejects.toThrow('b is not ready');
    await album.retry();
    await expect(album.wait({ timeout: 5_000 })).rejects.toThrow('b is not ready');
    tasks.heal();
    await album.retry();
    await album.wait({ timeout: 5_000 });
    // Two slots run them.
    expect(Object.fromEntries(runs)).toEqual({ a: 1, b: 3 });
  });
});

it('O3 a job that the task put once runs again, before the `then`', async () => {
  const task = defineTask('retryAnew.putsOnce', async () => {
    const put = await local.once('put', () =>
      local.getQueue().put(flaky.job('put once'), { immediate: true }),
    );
    return joinJobs([put], { then: strict.job() });
  });
  const job = await queue.put(task.job());
  await expect(job.wait()).rejects.toThrow('is not ready');
  tasks.heal();
  await job.retry();
  expect(await job.wait({ timeout: 5_000 })).toEqual(['put once']);
  expect(runs.get('put once')).toBe(2);
});

it('O3, C4 jobs that were appended before the start run again, before the `then`', async () => {
  const other = context.queue('appended');
  const made = defineTask('retryAnew.appended', () =>
    joinJobs([give.job('own')], { then: strict.job() }),
  );
  const job = await other.put(made.job());
  await appendJobs(job, [flaky.job('more'), steady.job('less')]);
  await startDispatcher(context, 'appended');
  await expect(job.wait()).rejects.toThrow('is not ready');
  tasks.heal();
  await job.retry();
  expect(await job.wait({ timeout: 5_000 })).toEqual(['own', 'more', 'less']);
  expect(Object.fromEntries(runs)).toEqual({ more: 2, less: 1 });
});

it('O3, J7 a retried pick runs the picked job again', async () => {
  const job = await queue.put(give.job('value'));
  const success = flaky.job('picked').with({ retryPolicy: NeverRetry });
  const picks = await job.addCallbacks({ success: success as unknown as Job<string, [string]> });
  await expect(picks.wait()).rejects.toThrow('is not ready');
  await job.wait();
  tasks.heal();
  await picks.retry();
  expect(await picks.wait({ timeout: 5_000 })).toBe('picked');
});

it('O3 a job that two composites of the tree share runs once more, for both', async () => {
  const shared = flaky.job('shared');
  const album = await queue.put(
    serial(
      [
        parallel([shared], stopping),
        joinsStrictly.job(shared) as Job,
        joinsStrictly.job(shared) as Job,
      ],
      {
        postprocess: strict.job() as unknown as Job,
      },
    ),
  );
  await expect(album.wait()).rejects.toThrow('is not ready');
  expect(runs.get('shared')).toBe(1);
  tasks.heal();
  await album.retry();
  expect(await album.wait({ timeout: 5_000 })).toEqual([['shared'], ['shared'], ['shared']]);
  expect(runs.get('shared')).toBe(2);
});

it('O3 a part of a composite that is not retried does not run again', async () => {
  const other = flaky.job('of another');
  await (await queue.put(parallel([other]))).wait();
  const job = await queue.put(joinsStrictly.job(other) as Job<unknown, []>);
  await expect(job.wait()).rejects.toThrow('is not ready');
  tasks.heal();
  await job.retry();
  await expect(job.wait({ timeout: 5_000 })).rejects.toThrow('is not ready');
  expect(runs.get('of another')).toBe(1);
});
