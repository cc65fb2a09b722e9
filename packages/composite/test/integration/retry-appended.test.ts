// A retried job whose task makes parts anew that append others: the old appended parts go, and the
// new ones are appended once (O3, C4).
import {
  appendedJobs,
  appendJobs,
  defineTask,
  Failure,
  joinJobs,
  local,
  type Job,
} from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { startDispatcher } from './dispatchers.js';
import { flakyTasks } from './flaky-tasks.js';

const context = testContext('composite-retry-appended');
const queue = context.queue('appended');
beforeAll(async () => {
  await startDispatcher(context, 'appended', 5);
});
const tasks = flakyTasks('retryAppended');
const { flaky, steady, runs } = tasks;
const SOON = { timeout: 10_000 };
type New = Job<unknown, []>;

/** The results of its jobs, or the first failure. */
const strict = defineTask('retryAppended.strict', (...jobs: Job[]) => {
  const failure = jobs.map(({ result }) => result).find((result) => result instanceof Failure);
  if (failure) throw failure.toError();
  return jobs.map(({ result }) => result);
});
/** Appends a job to `joining`, which appends the next one, `count` in all. */
const appends = defineTask(
  'retryAppended.appends',
  async (joining: Job, name: string, count: number) => {
    const next = `${name}+`;
    const more = count > 1 ? appends.job(joining, next, count - 1) : steady.job(next);
    await appendJobs(joining, [more as Job]);
    return name;
  },
);

/** The composites to which the parts append that were made before them. */
const joining = new Map<string, Job>();
const appendsTo = defineTask('retryAppended.appendsTo', async (name: string) => {
  await appendJobs(joining.get(name) as Job, [steady.job(`${name}+`) as Job]);
  return name;
});

const makers: Record<string, (count: number, end: New) => unknown> = {
  'a `then` that is made anew': (count) =>
    joinJobs([appends.job(local.getJob(), 'a', count) as New, flaky.job('b') as New], {
      then: strict.job() as never,
    }),
  'a `then` that is given': (count, end) =>
    joinJobs([appends.job(local.getJob(), 'a', count) as New, flaky.job('b') as New], {
      then: end as never,
    }),
  'no `then`': (count) =>
    joinJobs([appends.job(local.getJob(), 'a', count) as New, flaky.job('b') as New], {
      onFailure: 'stop',
    }),
};

describe.each(Object.keys(makers))('%s', (how) => {
  const task = defineTask(`retryAppended.${how}`, (count: number, end: New) =>
    makers[how]?.(count, end),
  );

  it.each([1, 2, 3])(
    'O3, C4 %i jobs, each appended by the one before, are there once after the retry',
    async (count) => {
      const job = await queue.put(task.job(count, strict.job() as New) as New);
      await expect(job.wait(SOON)).rejects.toThrow('b is not ready');
      tasks.heal();
      await job.retry();
      const names = Array.from({ length: count }, (_, i) => 'a' + '+'.repeat(i + 1));
      expect(await job.wait(SOON)).toEqual(['a', 'b', ...names]);
      expect(appendedJobs(await job.refresh())).toHaveLength(count);
      expect(runs.get('b')).toBe(2);
    },
  );
});

it('O3, C4 jobs that a kept part or another process appended stay, and run once', async () => {
  const other = context.queue('kept');
  const given = defineTask('retryAppended.given', (part: New) =>
    joinJobs([part, flaky.job('b') as New], { then: strict.job() as never }),
  );
  const part = appendsTo.job('kept') as New;
  const job = await other.put(given.job(part) as New);
  await appendJobs(job, [steady.job('outside') as Job]);
  joining.set('kept', job);
  await startDispatcher(context, 'kept', 5);
  await expect(job.wait(SOON)).rejects.toThrow('b is not ready');
  tasks.heal();
  await job.retry();
  expect(await job.wait(SOON)).toEqual(['kept', 'b', 'outside', 'kept+']);
  expect(Object.fromEntries(runs)).toEqual({ outside: 1, 'kept+': 1, b: 2 });
});
