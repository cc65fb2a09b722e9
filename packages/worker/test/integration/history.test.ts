// The history of a dispatcher: polls, statistics, and its jobs (D8).
import { defineTask, joinJobs, local, NeverRetry } from '@drover/core';
import { newUuid, testContext } from '../../../../test/kit/context.js';
import { hasStarted } from '../../../../test/kit/dispatchers.js';
import { collect, dispatchersIn, next } from './dispatchers.js';
import { aborted, gate } from '../../../../test/kit/gate.js';

const context = testContext('history');
const dispatchers = dispatchersIn(context);
const works = defineTask('history.works', (value: string) => value);
const fails = defineTask('history.fails', () => {
  throw new RangeError('no');
});
const stops = defineTask('history.stops', async () => await aborted(local.signal), {
  retryPolicy: NeverRetry,
});

it('D8 a new and an idle dispatcher have an empty history', async () => {
  const dispatcher = dispatchers.make('idle');
  expect(dispatcher.activeJobs()).toEqual([]);
  expect(dispatcher.polls()).toMatchObject([
    { number: 1, ended: undefined, lanes: [{ asked: 0 }] },
  ]);
  expect(dispatcher.statistics()).toMatchObject({
    started: 0,
    successful: { count: 0 },
    active: { count: 0 },
  });
  expect(dispatcher.jobInfo('unknown')).toBeUndefined();
  await dispatcher.activate();
  await dispatcher.deactivate();
  expect(dispatcher.polls()[0]?.ended).toEqual(expect.any(Number));
});

it('D8 activeJobs and jobInfo show a running job, without its arguments', async () => {
  const finish = gate();
  const waits = defineTask('history.waits', async (_secret: string) => await finish.opened);
  const dispatcher = dispatchers.make('active', {
    queues: { active: { main: {} }, other: { main: {} } },
  });
  const before = Date.now();
  await dispatcher.activate();
  const job = waits.job('the secret argument');
  const started = hasStarted(dispatcher, job);
  const end = next(dispatcher, 'completed');
  await context.queue('active').put(job);
  await started;
  expect(dispatcher.activeJobs().map(({ id, status }) => [id, status])).toEqual([
    [job.id, 'active'],
  ]);
  expect(dispatcher.activeJobs({ queue: 'active', agent: 'main' })).toHaveLength(1);
  expect(dispatcher.activeJobs({ queue: 'other' })).toEqual([]);
  expect(() => dispatcher.activeJobs({ queue: 'none' })).toThrow(
    'this dispatcher has no queue "none"',
  );
  const info = dispatcher.jobInfo(job.id);
  expect(info).toMatchObject({
    id: job.id,
    task: 'history.waits',
    queue: 'active',
    agent: 'main',
    lane: 'main',
  });
  expect(info).toMatchObject({
    state: 'active',
    fence: 1,
    interruptions: 0,
    quotas: [],
    ended: undefined,
  });
  expect(info?.started).toBeGreaterThanOrEqual(before);
  expect(JSON.stringify([info, dispatcher.polls(), dispatcher.statistics()])).not.toContain(
    'secret',
  );
  expect(dispatcher.statistics().active).toMatchObject({ count: 1, longest: { id: job.id } });

  finish.open();
  await end;
  // A listener of the end finds it in the history.
  expect(dispatcher.jobInfo(job.id)).toMatchObject({ state: 'successful', started: info?.started });
  expect([dispatcher.activeJobs(), dispatcher.statistics().active.count]).toEqual([[], 0]);
});

it('D8 polls and statistics count successes and failures, by agent and lane', async () => {
  const queues = { counted: { main: { size: 2 }, gpu: { lanes: ['gpu'] } } };
  const dispatcher = await dispatchers.start('counted', { queues });
  const queue = context.queue('counted');
  const jobs = await queue.putAll([works.job('a'), works.job('b'), fails.job()]);
  const onGpu = await queue.put(works.job('c'), { lane: 'gpu' });
  await Promise.allSettled([...jobs, onGpu].map((job) => job.wait()));
  await dispatcher.deactivate();
  const [first, second, failed] = jobs.map(({ id }) => id);
  const statistics = dispatcher.statistics();
  expect(statistics).toMatchObject({
    started: 4,
    successful: { count: 3 },
    failed: { count: 1 },
    unknown: { count: 0 },
  });
  expect(statistics.failed.longest).toEqual({ id: failed, duration: expect.any(Number) as number });
  expect(dispatcher.statistics({ agent: 'gpu' })).toMatchObject({
    started: 1,
    successful: { count: 1, shortest: { id: onGpu.id }, longest: { id: onGpu.id } },
    failed: { count: 0 },
  });
  expect(dispatcher.jobInfo(failed as string)).toMatchObject({
    state: 'failed',
    failure: 'RangeError',
  });

  const lanes = dispatcher.polls().flatMap((poll) => poll.lanes);
  const idsIn = (lane: string): string[] =>
    lanes.flatMap((one) => (one.lane === lane ? one.jobs : [])).sort();
  expect(idsIn('main')).toEqual([first, second, failed].sort());
  expect(idsIn('gpu')).toEqual([onGpu.id]);
  expect(lanes.some(({ lane, asked }) => lane === 'gpu' && asked > 0)).toBe(true);
});

it('D8 the poll event comes at the end of a poll', async () => {
  const dispatcher = await dispatchers.start('poll');
  const polls = collect(dispatcher, 'poll');
  const job = await context.queue('poll').put(works.job('a'));
  await job.wait();
  await dispatcher.deactivate();
  expect(polls).toEqual(dispatcher.polls().slice(-polls.length).reverse());
  expect(polls.flatMap(({ lanes }) => lanes.flatMap(({ jobs }) => jobs))).toEqual([job.id]);
});

it('D8 a job that waits for others is one job, from its first start to its end', async () => {
  const gathers = defineTask('history.gathers', () =>
    joinJobs([works.job('part'), works.job('part')]),
  );
  const dispatcher = await dispatchers.start('waits');
  const job = await context.queue('waits').put(gathers.job());
  await job.wait();
  await dispatcher.deactivate();
  const infos = dispatcher.polls().flatMap(({ lanes }) => lanes.flatMap(({ jobs }) => jobs));
  expect(infos.filter((id) => id === job.id)).toHaveLength(1);
  const info = dispatcher.jobInfo(job.id);
  expect(info).toMatchObject({ state: 'successful', started: expect.any(Number) as number });
  expect(info?.fence).toBeGreaterThan(1);
  expect(dispatcher.statistics()).toMatchObject({ started: 3, successful: { count: 3 } });
});

it('D8 a job that a stop interrupts has an unknown end', async () => {
  const dispatcher = await dispatchers.start('stopped');
  const job = stops.job();
  const started = hasStarted(dispatcher, job);
  await context.queue('stopped').put(job);
  await started;
  await dispatcher.deactivate({ grace: 20_000 });
  expect(dispatcher.jobInfo(job.id)).toMatchObject({
    state: 'interrupted',
    ended: expect.any(Number) as number,
  });
  expect(dispatcher.statistics()).toMatchObject({
    started: 1,
    failed: { count: 0 },
    unknown: { count: 1 },
  });
});

it('D8 a job that waits when its dispatcher stops has an unknown end there', async () => {
  const finish = gate();
  const part = defineTask('history.part', async () => await finish.opened);
  const waits = defineTask('history.waitsForPart', () => joinJobs([part.job()]));
  const dispatcher = dispatchers.make('waiting', { size: 1 });
  const partStarted = new Promise<void>((resolve) =>
    dispatcher.on('started', ({ job }) => job.task === part.name && resolve()),
  );
  await dispatcher.activate();
  const job = await context.queue('waiting').put(waits.job());
  await partStarted;
  expect(dispatcher.jobInfo(job.id)).toMatchObject({
    state: 'waiting',
    ended: expect.any(Number) as number,
  });
  await dispatcher.deactivate();
  expect(dispatcher.jobInfo(job.id)).toMatchObject({ state: 'interrupted' });
  expect(dispatcher.statistics().unknown.count).toBeGreaterThan(0);
  finish.open();
});

it('D8, I5 a job that was taken over has an unknown end, and emits reassigned', async () => {
  const uuid = newUuid();
  const finish = gate();
  const late = defineTask('history.late', async () => {
    if (local.fence === 1) await finish.opened;
    return local.fence;
  });
  // It is full, and its pings are rare, so that it does not notice by itself.
  const first = await dispatchers.start('late', {
    uuid,
    size: 1,
    pingInterval: 60_000,
    deathInterval: 600_000,
  });
  const reassigned = collect(first, 'reassigned');
  const told = next(first, 'reassigned');
  const job = late.job();
  const started = hasStarted(first, job);
  await context.queue('late').put(job);
  await started;
  const second = await dispatchers.start('late', { uuid, takeover: 'force' });
  await job.wait();
  finish.open();
  const { job: taken, ...rest } = await told;
  expect(taken.id).toBe(job.id);
  expect(rest).toMatchObject({ queue: 'late', agent: 'main', fence: 1 });
  expect(first.jobInfo(job.id)).toMatchObject({ state: 'reassigned', fence: 1, interruptions: 0 });
  expect(second.jobInfo(job.id)).toMatchObject({ state: 'successful', fence: 2, interruptions: 1 });
  expect(first.statistics()).toMatchObject({
    successful: { count: 0 },
    unknown: { count: 1, longest: { id: job.id } },
  });
  await Promise.all([first.deactivate(), second.deactivate()]);
  expect(reassigned).toHaveLength(1);
});
