// The events 'ended' and 'interruptDecided': each run ends with one event, whatever the way (D8).
import { defineTask, local, NeverRetry, RetryableError, type Job } from '@drover/core';
import { serial } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { aborted } from '../../../../test/kit/gate.js';
import { hasStarted } from '../../../../test/kit/dispatchers.js';
import { eventually } from '../../../../test/kit/wait.js';
import { collect, dispatchersIn, next } from './dispatchers.js';

const context = testContext('run-ends');
const dispatchers = dispatchersIn(context);
const works = defineTask('runEnds.works', (value: number) => value);
const fails = defineTask('runEnds.fails', () => {
  throw new RangeError('no');
});
const failsOnce = defineTask('runEnds.failsOnce', () => {
  if (local.attempt === 1) throw new RetryableError('again');
});
const stops = defineTask('runEnds.stops', async () => await aborted(local.signal));

it('D8 ended comes once for each run, with its state, failure and delay', async () => {
  const dispatcher = await dispatchers.start('runs', { size: 1 });
  const ended = collect(dispatcher, 'ended');
  const queue = context.queue('runs');
  const jobs = await queue.putAll([works.job(1), fails.job(), failsOnce.job()] as Job[]);
  await Promise.all(jobs.map((job) => job.wait().catch(() => {})));
  await eventually(() => ended.length === 4);
  const [done, failed] = jobs;
  expect(ended.map(({ job, state }) => [job.id, state])).toEqual([
    [done?.id, 'successful'],
    [failed?.id, 'failed'],
    [jobs[2]?.id, 'retried'],
    [jobs[2]?.id, 'successful'],
  ]);
  expect(ended.map(({ failure }) => failure?.name)).toEqual([
    ...[undefined, 'RangeError', 'RetryableError', undefined],
  ]);
  expect(ended[2]?.delay).toBeGreaterThanOrEqual(0);
  expect(ended.map(({ fence, beganAt }) => [fence, beganAt])).toEqual([
    ...[1, 1, 1, 2].map((fence) => [fence, undefined]),
  ]);
});

it('D8 ended says when a job began that has waited for others, and comes once where callbacks run', async () => {
  const dispatcher = await dispatchers.start('waits');
  const ended = collect(dispatcher, 'ended');
  const job = serial([works.job(1), works.job(2)]);
  const callback = await job.addCallback(works.job(3));
  await context.queue('waits').put(job);
  await job.wait();
  await callback.wait();
  const ofIt = () => ended.filter((event) => event.job.id === job.id);
  await eventually(() => ofIt().length >= 2);
  // A claim that ends it after its callbacks would be told by now.
  await (await context.queue('waits').put(works.job(4))).wait();
  const ofJob = ofIt();
  expect(ofJob.map(({ state }) => state)).toEqual(['waiting', 'successful']);
  const { put = 0, started } = (await job.refresh()).times;
  const [first, last] = ofJob.map(({ beganAt }) => beganAt);
  // No time is shown before an earlier one.
  expect([first, Math.max(put, last ?? 0)]).toEqual([undefined, started]);
});

it('O1 a run whose job is cancelled ends as reassigned', async () => {
  const dispatcher = await dispatchers.start('cancelled');
  const job = stops.job();
  const begun = hasStarted(dispatcher, job);
  await context.queue('cancelled').put(job);
  await begun;
  const ended = next(dispatcher, 'ended');
  await job.cancel();
  expect(await ended).toMatchObject({ state: 'reassigned', failure: undefined });
});

it('I3, D8 interruptDecided says what becomes of an interrupted job, and what it was', async () => {
  const first = await dispatchers.start('interrupted');
  const queue = context.queue('interrupted');
  const ended = collect(first, 'ended');
  const again = stops.job();
  const never = stops.job().with({ retryPolicy: NeverRetry });
  const composite = serial([stops.job()]);
  const begun = [again, never, composite.jobs[0]].map((job) => hasStarted(first, job as Job));
  await queue.putAll([again, never, composite] as Job[]);
  await Promise.all(begun);
  await first.deactivate();
  expect(ended.filter(({ state }) => state === 'interrupted')).toHaveLength(3);
  const second = dispatchers.make('interrupted');
  const decided = collect(second, 'interruptDecided');
  await second.activate();
  await eventually(() => decided.length === 4);
  const ids = [again, never, composite, composite.jobs[0]].map((job) => job?.id);
  const byId = ids.map((id) => decided.find(({ job }) => job.id === id));
  expect(byId.map((found) => found?.state)).toEqual(['retried', 'failed', 'waiting', 'retried']);
  expect(byId[0]).toMatchObject({ queue: 'interrupted', fence: 1, failure: undefined, delay: 0 });
  expect(byId[1]?.failure?.name).toBe('AbortedError');
  const [{ job, interruptedAt }] = byId as [NonNullable<(typeof byId)[0]>];
  expect([job.dispatcher, job.interruptions]).toEqual([first.uuid, 1]);
  expect(interruptedAt).toBeGreaterThanOrEqual(job.times.started ?? Infinity);
});
