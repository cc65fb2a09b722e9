// Usage, "Returning jobs: parallelized work": work in parts that run side by side, wherever there
// is room.
import { defineTask, joinJobs, Failure, type Job } from '@drover/core';
import { parallel } from '@drover/composite';
import { testContext } from '../kit/context.js';
import { dispatchersIn } from '../kit/dispatchers.js';

const context = testContext('usage-parallelized');
const queue = context.queue('parts');
const dispatchers = dispatchersIn(context);
beforeAll(async () => void (await dispatchers.start('parts')));

// Three jobs that can be done at the same time, and one that makes something of what they bring.
const a = defineTask('parallelized.a', async () => 7);
const b = defineTask('parallelized.b', async () => 14);
const c = defineTask('parallelized.c', async () => 21);
const sum = defineTask('parallelized.sum', async (...jobs: Job<number>[]) =>
  jobs.reduce((total, { result }) => total + Number(result), 0),
);

it('C1 parallel runs jobs at the same time, and then its postprocess', async () => {
  const job = await queue.put(parallel([a.job(), b.job(), c.job()], { postprocess: sum.job() }));
  expect(await job.wait()).toBe(42);
});

// They do run at the same time: these three end only when all of them have begun.
it('C1 the parts run side by side', async () => {
  let arrived = 0;
  let go = (): void => {};
  const all = new Promise<void>((resolve) => (go = resolve));
  const meet = defineTask('parallelized.meet', async () => {
    if (++arrived === 3) go();
    await all;
    return arrived;
  });
  const job = await queue.put(parallel([meet.job(), meet.job(), meet.job()]));
  expect(await job.wait()).toEqual([3, 3, 3]);
});

// The postprocess gets jobs and not just values, so that it can see what went wrong, and do
// something about it.
it('C2 the postprocess sees which parts failed', async () => {
  const broken = defineTask('parallelized.broken', async (): Promise<number> => {
    throw new Error('no number today');
  });
  const sumOfTheGood = defineTask('parallelized.sumOfTheGood', async (...jobs: Job<number>[]) => {
    const failed = jobs.filter(({ result }) => result instanceof Failure).map(({ task }) => task);
    const good = jobs.map(({ result }) => result).filter((result) => typeof result === 'number');
    return { failed, sum: good.reduce((total, n) => total + n, 0) };
  });
  const job = await queue.put(
    parallel([a.job(), broken.job(), c.job()], { postprocess: sumOfTheGood.job() }),
  );
  expect(await job.wait()).toEqual({ failed: ['parallelized.broken'], sum: 28 });
});

// Many parts, or none: a list that happens to be empty needs no special case.
it('C4 zero parts is legal', async () => {
  expect(await (await queue.put(parallel([], { postprocess: sum.job() }))).wait()).toBe(0);
});

// How does it work? There is no magic in `parallel`: a task may say that its job goes on when
// certain others have completed. That is `joinJobs`, and it is all that `parallel` and `serial` are
// made of.
it('C6 a task can join jobs as parallel does', async () => {
  const byHand = defineTask('parallelized.byHand', () =>
    joinJobs([a.job(), b.job(), c.job()], { then: sum.job() as Job<number> }),
  );
  expect(await (await queue.put(byHand.job())).wait()).toBe(42);
});

// Jobs that are running elsewhere anyway can be joined as well.
it('C6 joined jobs may have been put already', async () => {
  const under = await queue.putAll([a.job(), b.job()]);
  const wait = defineTask('parallelized.wait', (...jobs: Job<number>[]) =>
    joinJobs(jobs, { then: sum.job() as Job<number> }),
  );
  expect(await (await queue.put(wait.job(...under))).wait()).toBe(21);
});
