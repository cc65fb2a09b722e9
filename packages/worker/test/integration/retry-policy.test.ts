// Retry policies at work: the effect of each answer, and the data that is kept between runs (R1).
import {
  defineRetryPolicy,
  defineTask,
  local,
  NeverRetry,
  retry,
  type PolicyData,
  type RetryDecision,
} from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { collect, dispatchersIn } from './dispatchers.js';
import { aborted, gate } from '../../../../test/kit/gate.js';

const context = testContext('retry-policy');
const dispatchers = dispatchersIn(context);

/** Fails until the run of that number. */
const failsUntil = defineTask('retry.failsUntil', (run: number) => {
  if (local.fence < run) throw new Error(`run ${local.fence}`);
  return { fence: local.fence, at: Date.now() };
});

const answering = (name: string, answer: (runs: number) => RetryDecision) =>
  defineRetryPolicy(`test.${name}`, {
    jobError: (_failure, data) => answer((data['runs'] = Number(data['runs'] ?? 0) + 1)),
    commitError: () => false,
    interrupted: () => false,
  });

it('R1 `true` retries at once, before all pending jobs (Q4)', async () => {
  const retryPolicy = answering('now', () => true);
  const queue = context.queue('now');
  const [job, other] = await queue.putAll([
    failsUntil.job(3).with({ retryPolicy }),
    failsUntil.job(1),
  ]);
  const dispatcher = dispatchers.make('now', { size: 1 });
  const started = collect(dispatcher, 'started');
  await dispatcher.activate();
  expect(await job?.wait()).toMatchObject({ fence: 3 });
  await other?.wait();
  expect(started.map(({ job: { id } }) => id)).toEqual([job?.id, job?.id, job?.id, other?.id]);
});

it.each<[string, () => RetryDecision]>([
  ['a delay', () => 250],
  ['a Date', () => new Date(Date.now() + 250)],
])('R1 %s retries then, and not before', async (what, answer) => {
  const name = what.replace(' ', '-');
  const before = Date.now();
  await dispatchers.start(name);
  const job = await context
    .queue(name)
    .put(failsUntil.job(2), { retryPolicy: answering(name, answer) });
  const { fence, at } = await job.wait();
  expect(fence).toBe(2);
  expect(at).toBeGreaterThanOrEqual(before + 250);
});

it('R1 a job that waits for its retry is pending, and occupies no slot', async () => {
  const queue = context.queue('slot');
  await dispatchers.start('slot', { size: 1 });
  const job = await queue.put(failsUntil.job(2), { retryPolicy: answering('slot', () => 60_000) });
  expect(await (await queue.put(failsUntil.job(1))).wait()).toMatchObject({ fence: 1 });
  expect((await job.refresh()).status).toBe('pending');
  expect((await queue.jobs()).map(({ id }) => id)).toEqual([job.id]);
});

it('R1 `false` makes the failure the result, with name, message and stack', async () => {
  await dispatchers.start('false');
  const job = await context.queue('false').put(failsUntil.job(9), { retryPolicy: NeverRetry });
  await expect(job.wait()).rejects.toMatchObject({
    name: 'Error',
    message: 'run 1',
    stack: expect.stringContaining('retry-policy.test') as string,
  });
});

it("R1 the policy's data is kept between the runs, apart for each job", async () => {
  const retryPolicy = answering('counts', (runs) => runs < 4);
  await dispatchers.start('counts');
  const jobs = await context
    .queue('counts')
    .putAll([failsUntil.job(9), failsUntil.job(9)], { retryPolicy });
  for (const job of jobs) await expect(job.wait()).rejects.toThrow('run 4');
  const data = await Promise.all(
    jobs.map(({ id }) => context.redis.hget(`${context.prefix}:counts:${id}`, 'policyData')),
  );
  expect(data.map((json) => JSON.parse(json ?? '') as unknown)).toEqual([{ runs: 3 }, { runs: 3 }]);
});

it.each<[string, () => RetryDecision]>([
  [
    'throws',
    () => {
      throw new Error('bad policy');
    },
  ],
  ['answers with a word', () => 'later' as never],
  ['answers with NaN', () => NaN],
  ['answers with an impossible Date', () => new Date('never')],
  ['answers with undefined', () => undefined as never],
  ['answers with a promise', () => Promise.resolve(true) as never],
  ['answers with a promise that rejects', () => Promise.reject(new Error('async policy')) as never],
  ['answers with a delay that is negative', () => -5],
])("R1 a policy that %s ends the job with the job's own failure", async (what, answer) => {
  const name = what.replace(/ /g, '-');
  await dispatchers.start(name);
  const job = await context
    .queue(name)
    .put(failsUntil.job(9), { retryPolicy: answering(name, answer) });
  await expect(job.wait()).rejects.toThrow('run 1');
});

it('R1 a Date in the past retries at once', async () => {
  await dispatchers.start('past');
  const retryPolicy = answering('past', () => new Date(0));
  expect(
    await (await context.queue('past').put(failsUntil.job(2), { retryPolicy })).wait(),
  ).toMatchObject({
    fence: 2,
  });
});

it("R1 the policy's data is kept over all three questions", async () => {
  const seen: unknown[] = [];
  const note = (question: string, data: PolicyData): true => {
    seen.push([question, data['asked']]);
    data['asked'] = [...((data['asked'] as string[] | undefined) ?? []), question];
    return true;
  };
  const retryPolicy = defineRetryPolicy('test.three', {
    jobError: (_failure, data) => note('jobError', data),
    commitError: (_failure, data) => note('commitError', data),
    interrupted: (data) => note('interrupted', data),
  });
  const running = gate();
  const threeTimes = defineTask('retry.threeTimes', async () => {
    if (local.fence === 1) throw new Error('first');
    if (local.fence === 2) return () => {};
    if (local.fence > 3) return local.fence;
    running.open();
    return await aborted(local.signal);
  });
  const job = await context.queue('three').put(threeTimes.job(), { retryPolicy });
  const first = await dispatchers.start('three');
  await running.opened;
  await first.deactivate();
  await dispatchers.start('three');
  expect(await job.wait()).toBe(4);
  expect(seen).toEqual([
    ['jobError', undefined],
    ['commitError', ['jobError']],
    ['interrupted', ['jobError', 'commitError']],
  ]);
});

it("R1 the task's policy decides for a job without one", async () => {
  const task = defineTask('retry.ofTask', () => Promise.reject(new Error(`run ${local.fence}`)), {
    retryPolicy: retry({ attempts: 3 }),
  });
  await dispatchers.start('of-task');
  await expect((await context.queue('of-task').put(task.job())).wait()).rejects.toThrow('run 3');
});

it("R2 an error is retried by a user's class, also when a job passes it on", async () => {
  class Busy extends Error {}
  class VeryBusy extends Busy {}
  let runs = 0;
  const busy = defineTask('retry.busy', () => {
    runs++;
    throw new VeryBusy('try later');
  });
  const queue = context.queue('by-class');
  const waits = defineTask(
    'retry.waitsForBusy',
    async () => await (await queue.get(first.id))?.wait(),
  );
  await dispatchers.start('by-class');
  const retryPolicy = retry({ attempts: 3, on: [Busy] });
  const first = await queue.put(busy.job(), { retryPolicy });
  await expect(first.wait()).rejects.toMatchObject({ name: 'VeryBusy', message: 'try later' });
  expect(runs).toBe(3);
  const second = await queue.put(waits.job(), { retryPolicy });
  await expect(second.wait()).rejects.toMatchObject({ name: 'VeryBusy' });
  expect(await context.redis.hget(`${context.prefix}:by-class:${second.id}`, 'retries')).toBe('2');
});
