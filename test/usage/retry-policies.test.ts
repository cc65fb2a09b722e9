// Jobs, "Retry policies": three questions decide what becomes of a job after an error, a failed
// commit, or an interrupt.
import {
  defineRetryPolicy,
  defineTask,
  local,
  NeverRetry,
  retry,
  RetryableError,
  RetryCommonForever,
} from '@drover/core';
import { testContext } from '../kit/context.js';
import { dispatchersIn } from '../kit/dispatchers.js';

const context = testContext('usage-policies');
const queue = context.queue('attempts');
beforeAll(async () => void (await dispatchersIn(context).start('attempts')));

// This task fails until its run has the number that is wanted. `local.fence` counts the runs of a
// job.
const succeedsAt = defineTask(
  'policies.succeedsAt',
  async (run: number, error: 'conflict' | 'lost' | 'mistake') => {
    if (local.fence >= run) return `at run ${local.fence}`;
    if (error === 'conflict') throw new RetryableError('somebody else changed it meanwhile');
    if (error === 'lost')
      throw Object.assign(new Error('the line is gone'), { code: 'ECONNRESET' });
    throw new TypeError('a mistake stays a mistake');
  },
);

// Every job has a policy. The default, `RetryCommonFourTimes`, knows which errors may pass by
// themselves.
it('R2 a conflict is tried again, up to four times', async () => {
  expect(await (await queue.put(succeedsAt.job(5, 'conflict'))).wait()).toBe('at run 5');

  const hopeless = await queue.put(succeedsAt.job(6, 'conflict'));
  await expect(hopeless.wait()).rejects.toMatchObject({ code: 'DROVER_RETRYABLE' });
});

it('R2 a lost connection is tried again, after a pause', async () => {
  expect(await (await queue.put(succeedsAt.job(2, 'lost'))).wait()).toBe('at run 2');
});

it('R2 any other error ends the job', async () => {
  await expect((await queue.put(succeedsAt.job(2, 'mistake'))).wait()).rejects.toThrow(
    'a mistake stays a mistake',
  );
});

// `RetryCommonForever` is the one for work that must be done, whatever it takes: a conflict is
// tried again until it passes.
it('R2 RetryCommonForever has no limit', async () => {
  const job = await queue.put(succeedsAt.job(6, 'conflict'), { retryPolicy: RetryCommonForever });
  expect(await job.wait()).toBe('at run 6');
});

// `NeverRetry` is the one for work that must not be done twice: a letter that is printed, a call to
// a service that does not know what it has been told before.
it('R2 NeverRetry does not try again', async () => {
  const job = await queue.put(succeedsAt.job(2, 'conflict'), { retryPolicy: NeverRetry });
  await expect(job.wait()).rejects.toMatchObject({ code: 'DROVER_RETRYABLE' });
});

// Most policies are a few numbers. `retry` makes one of them; the numbers are its name, so that
// every process knows it.
it('R2 retry() makes a policy from numbers', async () => {
  const twice = retry({ attempts: 2 });
  expect(await (await queue.put(succeedsAt.job(2, 'mistake'), { retryPolicy: twice })).wait()).toBe(
    'at run 2',
  );

  const short = await queue.put(succeedsAt.job(3, 'mistake'), { retryPolicy: twice });
  await expect(short.wait()).rejects.toThrow('a mistake stays a mistake');
});

// `on` says which errors it is for: by name, by code, or by class.
it('R2 retry() can be limited to some errors', async () => {
  const onReset = retry({ attempts: 3, backoff: 10, on: ['ECONNRESET', RangeError] });
  expect(await (await queue.put(succeedsAt.job(3, 'lost'), { retryPolicy: onReset })).wait()).toBe(
    'at run 3',
  );
  const mistake = await queue.put(succeedsAt.job(2, 'mistake'), { retryPolicy: onReset });
  await expect(mistake.wait()).rejects.toThrow('a mistake stays a mistake');
});

// A policy may be said once for a task, and then holds for all its jobs that do not say another.
it('R1 a task may have a policy for its jobs', async () => {
  const careful = defineTask('policies.careful', async () => local.fence, {
    retryPolicy: NeverRetry,
  });
  const [usual, special] = await queue.putAll([
    careful.job(),
    careful.job().with({ retryPolicy: RetryCommonForever }),
  ]);
  expect([usual?.options.retryPolicy, special?.options.retryPolicy]).toEqual([
    'NeverRetry',
    'RetryCommonForever',
  ]);
  await Promise.all([usual?.wait(), special?.wait()]);
});

// A policy of one's own is three functions under a name. Each answers: no more, now, in so many
// milliseconds, or at a date. `data` is its notebook on this job, kept from one decision to the
// next.
it('R1 a policy of your own decides, and stores data on the job', async () => {
  const stubborn = defineRetryPolicy('policies.stubborn', {
    jobError(failure, data) {
      const seen = [...((data['seen'] as string[] | undefined) ?? []), failure.name];
      data['seen'] = seen;
      return seen.length < 3 && 10;
    },
    commitError: () => false,
    interrupted: () => true,
  });
  const job = await queue.put(succeedsAt.job(3, 'mistake'), { retryPolicy: stubborn });
  expect(await job.wait()).toBe('at run 3');
});

// The job stores the name of its policy, not its code. A process that does not know the name leaves
// the job to others.
it('R1 a process does not run a job whose policy it does not know', async () => {
  const job = await queue.put(succeedsAt.job(1, 'mistake'), {
    retryPolicy: 'policies.ofAnotherTeam',
  });
  const other = await queue.put(succeedsAt.job(1, 'mistake'));
  expect(await other.wait()).toBe('at run 1');
  expect((await job.refresh()).result).toBeUndefined();

  defineRetryPolicy('policies.ofAnotherTeam', {
    jobError: () => false,
    commitError: () => false,
    interrupted: () => true,
  });
  expect(await job.wait()).toMatch(/^at run/);
});
