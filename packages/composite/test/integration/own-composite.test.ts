// A user's own composite, made with the public face of @drover/core alone (C6).
import {
  defineTask,
  type Failure,
  joinJobs,
  local,
  type Continuation,
  type Job,
} from '@drover/core';
import { serial } from '@drover/composite';
import { waitForStart } from '@drover/core/testing';
import { testContext } from '../../../../test/kit/context.js';
import { fail, gather, give, startDispatcher } from './dispatchers.js';

const context = testContext('own-composite');

/**
 * Runs a job for each item in batches of `size`: parallel joins, each of which continues with the
 * next.
 */
const inBatches = defineTask(
  'own.inBatches',
  (items: number[], size: number, ...before: Job[]): Continuation<unknown> => {
    const results = before.flatMap(({ result }) => result as unknown[]);
    const batch = items.slice(0, size);
    if (batch.length === 0) return joinJobs([], { then: give.job(results) });
    const collected = joinBatch.job(batch);
    return joinJobs([collected], {
      then: rest.job(items.slice(size), size, results) as Job<unknown>,
    });
  },
);
const joinBatch = defineTask('own.joinBatch', (batch: number[]) =>
  joinJobs(batch.map((item) => give.job(item * 2))),
);
const rest = defineTask(
  'own.rest',
  (
    items: number[],
    size: number,
    results: unknown[],
    last: Job,
  ): Continuation<unknown> | unknown[] => {
    const all = [...results, ...(last.result as unknown[])];
    if (items.length === 0) return all;
    return joinJobs([joinBatch.job(items.slice(0, size))], {
      then: rest.job(items.slice(size), size, all) as Job<unknown>,
    });
  },
);

it('C6 a task may join jobs any number of times', async () => {
  await startDispatcher(context, 'batches', 2);
  const job = await context.queue('batches').put(inBatches.job([1, 2, 3, 4, 5, 6, 7], 3));
  expect(await job.wait()).toEqual([2, 4, 6, 8, 10, 12, 14]);
});

it('C6 the task and its `then` are called once each', async () => {
  const calls: string[] = [];
  const ends = defineTask('own.ends', (...jobs: Job<number>[]) => {
    calls.push('then');
    return jobs.map(({ result }) => result);
  });
  const begins = defineTask('own.begins', () => {
    calls.push(`begins ${local.fence}`);
    return joinJobs([give.job(1), give.job(2)], { then: ends.job() });
  });
  await startDispatcher(context, 'once');
  const job = await context.queue('once').put(begins.job());
  expect(await job.wait()).toEqual([1, 2]);
  expect(calls).toEqual(['begins 1', 'then']);
});

it('C6, C2 failures are data, and inOrder keeps the order', async () => {
  await startDispatcher(context, 'order');
  const ordered = defineTask('own.ordered', () =>
    joinJobs([give.job('a'), fail.job('b'), give.job('c')], {
      inOrder: true,
      then: gather.job('then'),
    }),
  );
  expect(await (await context.queue('order').put(ordered.job())).wait()).toEqual([
    'then',
    ['composite.give', 'completed', 'a'],
    ['composite.fail', 'completed', 'RangeError: b'],
    ['composite.give', 'completed', 'c'],
  ]);
});

it('C6 without `then` the result is the array of results', async () => {
  await startDispatcher(context, 'array');
  const joins = defineTask('own.joins', (values: number[]) =>
    joinJobs(
      [...values.map((value) => give.job(value)), fail.job('x')].slice(0, values.length + 1),
    ),
  );
  const [one, failed] = (await (await context.queue('array').put(joins.job([1]))).wait()) as [
    number,
    Failure,
  ];
  expect([one, failed.message]).toEqual([1, 'x']);
  const none = defineTask('own.none', () => joinJobs([]));
  expect(await (await context.queue('array').put(none.job())).wait()).toEqual([]);
});

it('C6 a stored job among the arguments can be joined, pending or completed', async () => {
  const joins = defineTask('own.joinsExisting', (...jobs: Job[]) => joinJobs(jobs));
  const queue = context.queue('existing');
  const ended = await queue.put(give.job('ended'));
  await startDispatcher(context, 'existing');
  await ended.wait();
  const later = await queue.put(give.job('later'), { beginAfter: 400 });
  const job = await queue.put(joins.job(ended, later));
  await waitForStart(job);
  expect(await job.wait()).toEqual(['ended', 'later']);
});

it('C6 a part of another composite cannot be joined in order', async () => {
  const queue = context.queue('taken');
  const part = give.job('shared');
  await queue.put(serial([give.job('first').with({ beginAfter: 60_000 }), part]));
  // This process does not know that the job is stored, and takes it for new.
  const joins = defineTask('own.joinsTaken', (id: string) =>
    joinJobs([give.job(1), withId(id)], { inOrder: true }),
  );
  const withId = (id: string): Job =>
    Object.defineProperty(give.job('shared'), 'id', { value: id });
  await startDispatcher(context, 'taken');
  const { eventually } = await import('../../../../test/kit/wait.js');
  await eventually(async () => await queue.get(part.id));
  await expect((await queue.put(joins.job(part.id))).wait()).rejects.toThrow(
    /a job that is to start after others was put already, or belongs to another job/,
  );
});

it.each(['has ended', 'waits for its time'])(
  'C6 a stored job that %s cannot be joined in order',
  async (which) => {
    const queue = context.queue('put-before');
    await startDispatcher(context, 'put-before');
    const put = await queue.put(
      give.job(which),
      which === 'has ended' ? {} : { beginAfter: 3_600_000 },
    );
    if (which === 'has ended') await put.wait();
    const joins = defineTask(`own.joinsPut ${which}`, (job: Job) =>
      joinJobs([job, give.job(2)], { inOrder: true }),
    );
    await expect((await queue.put(joins.job(put))).wait({ timeout: 20_000 })).rejects.toThrow(
      /job 0 to join was put already: what is to start after others must be new/,
    );
    expect((await put.refresh()).status).toBe(which === 'has ended' ? 'completed' : 'pending');
  },
);

it('B2 a join of invalid jobs fails the job', async () => {
  await startDispatcher(context, 'wrong');
  const twice = defineTask('own.twice', () => {
    const part = give.job(1);
    return joinJobs([part, part]);
  });
  const unstorable = defineTask('own.unstorable', () =>
    joinJobs([give.job(1), give.job({ f: () => {} })]),
  );
  const queue = context.queue('wrong');
  await expect((await queue.put(twice.job())).wait()).rejects.toMatchObject({
    code: 'DROVER_INVALID_ARGUMENT',
  });
  await expect((await queue.put(unstorable.job())).wait()).rejects.toMatchObject({
    code: 'DROVER_SERIALIZATION',
  });
  expect(await queue.length()).toBe(0);
});
