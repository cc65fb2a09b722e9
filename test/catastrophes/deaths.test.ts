// Dispatchers that are killed or paused: a sibling, or the next start, goes on with their jobs.
// The tests run side by side, each with a queue and UUIDs of its own.
import { waitForResult, waitForStatus } from '@drover/core/testing';
import { JobStatus, NeverRetry, type Job } from '@drover/core';
import { parallel } from '@drover/composite';
import { expectEndedOnce } from '../kit/events.js';
import { newUuid, testContext } from '../kit/context.js';
import { echo, lateOnce, neverEnds, pauseOnce } from '../kit/tasks.js';
import { startWorker } from '../kit/worker.js';
import { PATIENCE, QUICK, SLOW, worker } from './worker-processes.js';

it.concurrent(
  'D4 a restart on the same host runs a job again without waiting for the death interval',
  async () => {
    const context = testContext('deaths');
    const queue = context.queue('restart');
    const uuid = newUuid();
    const job = await queue.put(pauseOnce.job(7));
    const first = worker(context, 'restart', uuid, SLOW);
    await first.event('started');
    await first.end('SIGKILL');
    const second = worker(context, 'restart', uuid, SLOW);
    expect(await waitForResult(job, PATIENCE)).toBe(7);
    expect(await job.refresh()).toMatchObject({ interruptions: 1, attempts: 2 });
    await second.event('started');
    expect(second.events('started').map(({ jobId, fence }) => [jobId, fence])).toEqual([
      [job.id, 2],
    ]);
    await expectEndedOnce(context, 'restart', [job]);
    await second.end('SIGTERM');
  },
);

it.concurrent('I1 a sibling finds a killed dispatcher dead, and runs its job', async () => {
  const context = testContext('deaths');
  const queue = context.queue('sibling');
  const dead = worker(context, 'sibling', newUuid(), QUICK);
  const job = await queue.put(pauseOnce.job(8));
  await dead.event('started');
  const sibling = worker(context, 'sibling', newUuid(), QUICK);
  await sibling.event('activated');
  await dead.end('SIGKILL');
  expect(await waitForResult(job, PATIENCE)).toBe(8);
  await sibling.event('died');
  expect(sibling.events('died')).toHaveLength(1);
  await sibling.event('interrupted');
  expect(sibling.events('interrupted').map(({ jobId }) => jobId)).toEqual([job.id]);
  await expectEndedOnce(context, 'sibling', [job]);
  await sibling.end('SIGTERM');
});

it.concurrent(
  'O2, I8 a job of a paused queue whose process is killed is decided, and waits',
  async () => {
    const context = testContext('deaths');
    const queue = context.queue('while-paused');
    const dead = worker(context, 'while-paused', newUuid(), QUICK);
    const job = await queue.put(pauseOnce.job(9));
    await dead.event('started');
    await queue.pause();
    const sibling = worker(context, 'while-paused', newUuid(), QUICK);
    await sibling.event('activated');
    await dead.end('SIGKILL');
    await waitForStatus(job, JobStatus.PENDING, PATIENCE);
    expect([sibling.events('started', pauseOnce.name).length, job.interruptions]).toEqual([0, 1]);
    await queue.resume();
    expect(await waitForResult(job, PATIENCE)).toBe(9);
    await expectEndedOnce(context, 'while-paused', [job]);
    await sibling.end('SIGTERM');
  },
);

it.concurrent("I5, D5 a zombie's result is refused, and the zombie activates again", async () => {
  const context = testContext('deaths');
  const queue = context.queue('paused');
  const gate = `${context.prefix}:gate`;
  const zombie = worker(context, 'paused', newUuid(), QUICK);
  const job = await queue.put(lateOnce.job(gate));
  await zombie.event('started');
  const sibling = worker(context, 'paused', newUuid(), QUICK);
  await sibling.event('activated');

  zombie.program.kill('SIGSTOP');
  expect(await waitForResult(job, PATIENCE)).toBe('in time');
  await context.redis.rpush(gate, 'go on');
  zombie.program.kill('SIGCONT');

  await zombie.event('reassigned');
  await zombie.event('deposed');
  await zombie.event('reactivated');
  expect(zombie.events('reassigned').map(({ jobId, fence }) => [jobId, fence])).toEqual([
    [job.id, 1],
  ]);
  expect((await job.refresh()).result).toBe('in time');
  await sibling.end('SIGTERM');
  expect(await waitForResult(await queue.put(echo.job('again')))).toBe('again');
  expect(zombie.events('reassigned')).toHaveLength(1);
  await expectEndedOnce(context, 'paused', [job]);
  await zombie.end('SIGTERM');
});

it.concurrent(
  'R2 a woken composite with NeverRetry whose process dies before its commit has a result',
  async () => {
    const context = testContext('deaths');
    const name = 'woken';
    const queue = context.queue(name);
    const uuid = newUuid();
    const part = echo.job('part');
    const job = parallel([part]).with({ retryPolicy: NeverRetry });
    await queue.put(job);
    // The third commit is that of the composite itself: its schedule and its part come before.
    const dying = startWorker(
      { prefix: context.prefix, uuid, queues: { [name]: { main: { size: 2 } } }, ...SLOW },
      'run.before-commit#3',
    );
    expect((await dying.program.exited).signal).toBe('SIGKILL');
    expect((await job.refresh()).status).toBe(JobStatus.ACTIVE);
    const next = worker(context, name, uuid, SLOW);
    expect(await waitForResult(job, PATIENCE)).toEqual(['part']);
    expect([(await job.refresh()).interruptions, (await part.refresh()).interruptions]).toEqual([
      1, 0,
    ]);
    await expectEndedOnce(context, name, [job, part] as Job[]);
    await next.end('SIGTERM');
  },
);

it.concurrent('I3 an interrupted job with NeverRetry ends with AbortedError', async () => {
  const context = testContext('deaths');
  const queue = context.queue('never-retry');
  const uuid = newUuid();
  const job = await queue.put(neverEnds.job(), { retryPolicy: 'NeverRetry' });
  const first = worker(context, 'never-retry', uuid, SLOW);
  await first.event('started');
  await first.end('SIGTERM');
  await waitForStatus(job, JobStatus.ACTIVE);
  const second = worker(context, 'never-retry', uuid, SLOW);
  await expect(waitForResult(job, PATIENCE)).rejects.toMatchObject({ name: 'AbortedError' });
  await expectEndedOnce(context, 'never-retry', [job]);
  await second.end('SIGTERM');
});
