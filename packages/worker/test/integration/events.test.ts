// The events of a dispatcher: each is emitted once, with its data (D8).
import { defineTask, Failure, local, Queue, RetryableError } from '@drover/core';
import { hostname } from 'node:os';
import { newUuid, testContext } from '../../../../test/kit/context.js';
import { pauseOnce } from '../../../../test/kit/tasks.js';
import { startWorker } from '../../../../test/kit/worker.js';
import { aborted } from '../../../../test/kit/gate.js';
import { collect, dispatchersIn, next } from './dispatchers.js';

const context = testContext('events');
const dispatchers = dispatchersIn(context);
const works = defineTask('events.works', (value: string) => value);
const fails = defineTask('events.fails', () => {
  throw new RangeError('no');
});
const failsOnce = defineTask('events.failsOnce', () => {
  if (local.attempt === 1) throw new RetryableError('again');
});
const stops = defineTask('events.stops', async () => await aborted(local.signal));

it('D8 started and completed come once each, with job, queue, agent and fence', async () => {
  const dispatcher = await dispatchers.start('completed', { size: 1 });
  const [started, completed, failed] = [
    collect(dispatcher, 'started'),
    collect(dispatcher, 'completed'),
    collect(dispatcher, 'failed'),
  ];
  const jobs = await context
    .queue('completed')
    .putAll([works.job('a'), works.job('b'), works.job('c')]);
  await Promise.all(jobs.map((job) => job.wait()));
  await dispatcher.deactivate();
  for (const events of [started, completed]) {
    expect(
      events.map(({ job, queue, agent, fence }) => [job.id, job.task, queue, agent, fence]),
    ).toEqual(jobs.map(({ id }) => [id, 'events.works', 'completed', 'main', 1]));
  }
  expect(failed).toEqual([]);
});

it('D8 failed comes once, with the failure and the job', async () => {
  const dispatcher = await dispatchers.start('failed');
  const [failed, completed] = [collect(dispatcher, 'failed'), collect(dispatcher, 'completed')];
  const job = await context.queue('failed').put(fails.job());
  await job.wait().catch(() => {});
  await dispatcher.deactivate();
  expect(failed).toHaveLength(1);
  expect(failed[0]).toMatchObject({
    queue: 'failed',
    agent: 'main',
    fence: 1,
    failure: { name: 'RangeError', message: 'no' },
  });
  expect(failed[0]?.failure).toBeInstanceOf(Failure);
  expect(failed[0]?.job.id).toBe(job.id);
  expect(completed).toEqual([]);
});

it('D8, R1 retried comes once for each failed run, with the failure and the delay', async () => {
  const dispatcher = await dispatchers.start('retried');
  const [retried, failed] = [collect(dispatcher, 'retried'), collect(dispatcher, 'failed')];
  const job = await context.queue('retried').put(failsOnce.job());
  await job.wait();
  await dispatcher.deactivate();
  expect(failed).toEqual([]);
  expect(retried).toHaveLength(1);
  expect(retried[0]).toMatchObject({
    ...{ queue: 'retried', agent: 'main', fence: 1, delay: 0 },
    failure: { name: 'RetryableError', message: 'again' },
    duration: expect.any(Number) as number,
  });
  expect(retried[0]?.job.id).toBe(job.id);
});

it('D8 completed comes after the result is stored', async () => {
  const dispatcher = dispatchers.make('stored');
  const completed = next(dispatcher, 'completed');
  await context.queue('stored').put(works.job('value'));
  await dispatcher.activate();
  const { job } = await completed;
  expect(await context.queue('stored').get(job.id)).toMatchObject({
    status: 'completed',
    result: 'value',
  });
});

it('D8 activated and deactivated come once each, with a rising epoch', async () => {
  const uuid = newUuid();
  for (const epoch of [1, 2]) {
    const dispatcher = dispatchers.make('epochs', { uuid });
    const [activated, deactivated] = [
      collect(dispatcher, 'activated'),
      collect(dispatcher, 'deactivated'),
    ];
    await dispatcher.activate();
    expect(activated).toEqual([{ uuid, epoch }]);
    await dispatcher.deactivate();
    await dispatcher.deactivate();
    expect(deactivated).toEqual([{ uuid, epoch }]);
  }
});

it('D8, I1 interrupted comes once for each job, with its handleInterrupt job', async () => {
  const dispatcher = dispatchers.make('interrupted');
  const interrupted = collect(dispatcher, 'interrupted');
  const jobs = await context.queue('interrupted').putAll([stops.job(), stops.job()]);
  const bothStarted = new Promise<void>((resolve) => {
    let count = 0;
    dispatcher.on('started', () => ++count === 2 && resolve());
  });
  await dispatcher.activate();
  await bothStarted;
  await dispatcher.deactivate();
  expect(interrupted).toEqual(
    jobs.map(({ id }) => ({
      jobId: id,
      task: 'events.stops',
      lane: 'main',
      queue: 'interrupted',
      dispatcher: dispatcher.uuid,
      handleInterrupt: `${id}.interrupt.1`,
    })),
  );
});

it("D8 recovery's own jobs emit no events", async () => {
  const uuid = newUuid();
  const first = dispatchers.make('recovery', { uuid });
  const started = next(first, 'started');
  const job = await context
    .queue('recovery')
    .put(
      defineTask('events.once', async () =>
        local.fence === 1 ? await aborted(local.signal) : 'again',
      ).job(),
    );
  await first.activate();
  await started;
  await first.deactivate();
  const second = dispatchers.make('recovery', { uuid });
  const [startedAgain, completed] = [collect(second, 'started'), collect(second, 'completed')];
  await second.activate();
  expect(await job.wait()).toBe('again');
  await second.deactivate();
  expect(startedAgain.map(({ job: { id }, fence }) => [id, fence])).toEqual([[job.id, 2]]);
  expect(completed).toHaveLength(1);
});

it('D8 an error event without listeners is not thrown', async () => {
  const dispatcher = dispatchers.make('errors', { connection: 'redis://127.0.0.1:1' });
  const activating = expect(dispatcher.activate()).rejects.toThrow();
  const listening = dispatchers.make('errors', { connection: 'redis://127.0.0.1:1' });
  const error = next(listening, 'error');
  const alsoActivating = expect(listening.activate()).rejects.toThrow();
  expect((await error).message).toContain('ECONNREFUSED');
  await Promise.all([dispatcher.deactivate(), listening.deactivate()]);
  await Promise.all([activating, alsoActivating]);
});

it('D8, D5 deposed and reactivated come once each, with their epochs', async () => {
  const uuid = newUuid();
  const first = await dispatchers.start('deposed', { uuid, pingInterval: 10 });
  const [deposed, activated, reactivated] = [
    collect(first, 'deposed'),
    collect(first, 'activated'),
    collect(first, 'reactivated'),
  ];
  const [told, again] = [next(first, 'deposed'), next(first, 'reactivated')];
  const second = await dispatchers.start('deposed', { uuid, takeover: 'force' });
  await told;
  expect([deposed, reactivated]).toEqual([[{ uuid, epoch: 1 }], []]);
  await second.deactivate();
  expect(await again).toEqual({ uuid, epoch: 3 });
  await first.deactivate();
  expect([deposed, activated, reactivated]).toEqual([
    [{ uuid, epoch: 1 }],
    [{ uuid, epoch: 3 }],
    [{ uuid, epoch: 3 }],
  ]);
});

it('D8 died comes once, from the finder, with host, pid and age of the dead', async () => {
  const uuid = newUuid();
  const intervals = { pingInterval: 200, deathInterval: 2_000 };
  // A prefix of its own, since any other dispatcher might find it dead first.
  const prefix = `${context.prefix}-died`;
  const queue = new Queue('died', { connection: context.redisUrl, prefix });
  const dead = startWorker({ prefix, uuid, queues: { died: { main: {} } }, ...intervals });
  const job = await queue.put(pauseOnce.job(7));
  await dead.event('started');
  await dead.end('SIGKILL');
  const sibling = dispatchers.make('died', { prefix, ...intervals });
  const [died, interrupted] = [collect(sibling, 'died'), collect(sibling, 'interrupted')];
  await sibling.activate();
  expect(await job.wait()).toBe(7);
  await sibling.deactivate();
  expect(died).toEqual([
    { uuid, epoch: 1, host: hostname(), pid: dead.program.pid, age: expect.any(Number) as number },
  ]);
  expect(died[0]?.age).toBeGreaterThan(intervals.deathInterval);
  expect(interrupted).toMatchObject([{ jobId: job.id, dispatcher: uuid, queue: 'died' }]);
  await queue.close();
});
