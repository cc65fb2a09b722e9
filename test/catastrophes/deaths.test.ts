// Dispatchers that die, or seem to: killed, paused, started twice, and computing without a pause.
import { waitForResult, waitForStatus } from '@drover/core/testing';
import { JobStatus, NeverRetry, retry, type Job } from '@drover/core';
import { parallel } from '@drover/composite';
import { expectEndedOnce } from '../kit/events.js';
import { newUuid, testContext } from '../kit/context.js';
import {
  compute,
  hangOnce,
  echo,
  lateOnce,
  neverEnds,
  outcomes,
  pauseOnce,
  poison,
} from '../kit/tasks.js';
import { startWorker, type WorkerProcess, type WorkerProgramOptions } from '../kit/worker.js';

const context = testContext('deaths');

function worker(
  queue: string,
  uuid: string,
  options: Partial<WorkerProgramOptions> = {},
): WorkerProcess {
  return startWorker({
    prefix: context.prefix,
    uuid,
    queues: { [queue]: { main: { size: 2 } } },
    ...options,
  });
}

/** Short intervals, for tests that wait for a death. */
const QUICK = { pingInterval: 200, deathInterval: 1_000 };
/** Intervals that no test waits for: what happens earlier did not need them. */
const SLOW = { pingInterval: 10_000, deathInterval: 600_000 };

it('D2 a dispatcher whose heartbeat threads end, whyever, goes on pinging, keeps its jobs, and finds deaths', async () => {
  const queue = context.queue('heartbeat');
  const survivor = worker('heartbeat', newUuid(), { ...QUICK, heartbeatEnds: 2 });
  const kept = await queue.put(neverEnds.job());
  await survivor.event('started');
  await survivor.logged('the last heartbeat thread pings');
  const victim = worker('heartbeat', newUuid(), QUICK);
  await victim.event('activated');
  await victim.end('SIGKILL');
  await survivor.event('died');
  expect(victim.events('died')).toEqual([]);
  expect(survivor.events('deposed')).toEqual([]);
  expect((await kept.refresh()).interruptions).toBe(0);
  await survivor.end('SIGTERM');
});

it('D2, D5 a dispatcher whose heartbeat threads never ping finds deaths, and that it was deposed', async () => {
  const queue = context.queue('no-thread');
  const uuid = newUuid();
  const survivor = worker('no-thread', uuid, { ...QUICK, heartbeatEnds: 'all' });
  await survivor.event('activated');
  const victim = worker('no-thread', newUuid(), QUICK);
  await victim.event('activated');
  await victim.end('SIGKILL');
  await survivor.event('died');
  expect(survivor.events('deposed')).toEqual([]);
  await context.redis.hset(`${context.prefix}:dispatcher:${uuid}`, { status: 'deactivated' });
  await survivor.event('reactivated');
  expect(await (await queue.put(echo.job('works'))).wait()).toBe('works');
  await survivor.end('SIGTERM');
});

it('D6 SIGTERM while a dispatcher waits to become active ends the process by the signal', async () => {
  const uuid = newUuid();
  const first = worker('waits', uuid, SLOW);
  await first.event('activated');
  const second = worker('waits', uuid, SLOW);
  await second.logged('already activated');
  second.program.kill('SIGTERM');
  expect(await second.program.exited).toMatchObject({ signal: 'SIGTERM' });
  await first.end('SIGTERM');
});

it('D4 SIGKILL and a restart on the same host: the job runs again without waiting for the death interval', async () => {
  const queue = context.queue('restart');
  const uuid = newUuid();
  const job = await queue.put(pauseOnce.job(7));
  const first = worker('restart', uuid, SLOW);
  await first.event('started');
  await first.end('SIGKILL');
  const second = worker('restart', uuid, SLOW);
  expect(await waitForResult(job)).toBe(7);
  expect((await job.refresh()).interruptions).toBe(1);
  expect(second.events('started').map(({ jobId, fence }) => [jobId, fence])).toEqual([[job.id, 2]]);
  await expectEndedOnce(context, 'restart', [job]);
  await second.end('SIGTERM');
});

it('I1 SIGKILL with a sibling: the sibling finds it dead, and runs its job', async () => {
  const queue = context.queue('sibling');
  const dead = worker('sibling', newUuid(), QUICK);
  const job = await queue.put(pauseOnce.job(8));
  await dead.event('started');
  const sibling = worker('sibling', newUuid(), QUICK);
  await sibling.event('activated');
  await dead.end('SIGKILL');
  expect(await waitForResult(job)).toBe(8);
  expect(sibling.events('died')).toHaveLength(1);
  expect(sibling.events('interrupted').map(({ jobId }) => jobId)).toEqual([job.id]);
  await expectEndedOnce(context, 'sibling', [job]);
  await sibling.end('SIGTERM');
});

it('I5, D5 SIGSTOP past the death interval, then SIGCONT: the late result is refused, and the dispatcher works again', async () => {
  const queue = context.queue('paused');
  const gate = `${context.prefix}:gate`;
  const zombie = worker('paused', newUuid(), QUICK);
  const job = await queue.put(lateOnce.job(gate));
  await zombie.event('started');
  const sibling = worker('paused', newUuid(), QUICK);
  await sibling.event('activated');

  zombie.program.kill('SIGSTOP');
  expect(await waitForResult(job)).toBe('in time');
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

it('D1 two processes with one UUID: the second says why it does not work, and works when the first has ended', async () => {
  const queue = context.queue('twice');
  const uuid = newUuid();
  const first = worker('twice', uuid, SLOW);
  await first.event('activated');
  const second = worker('twice', uuid, SLOW);
  await second.logged('already activated: another process?');
  expect(await waitForResult(await queue.put(echo.job(1)))).toBe(1);
  expect(second.events('started')).toHaveLength(0);
  await first.end('SIGTERM');
  await second.event('activated');
  expect(await waitForResult(await queue.put(echo.job(2)))).toBe(2);
  await second.event('completed');
  await second.end('SIGTERM');
});

it('D1 the second process takes over when the first is killed', async () => {
  const queue = context.queue('twice-killed');
  const uuid = newUuid();
  const job = await queue.put(pauseOnce.job(3));
  const first = worker('twice-killed', uuid, QUICK);
  await first.event('started');
  const second = worker('twice-killed', uuid, QUICK);
  await second.logged('already activated: another process?');
  await first.end('SIGKILL');
  expect(await waitForResult(job)).toBe(3);
  await second.end('SIGTERM');
});

it('D2 a job that computes for five times the death interval without yielding is not interrupted', async () => {
  const queue = context.queue('compute');
  const busy = worker('compute', newUuid(), QUICK);
  const sibling = worker('compute', newUuid(), QUICK);
  await Promise.all([busy.event('activated'), sibling.event('activated')]);
  const job = await queue.put(compute.job(5_000));
  expect(await waitForResult(job, { timeout: 20_000 })).toBe(5_000);
  expect((await job.refresh()).interruptions).toBe(0);
  for (const one of [busy, sibling])
    expect([one.events('died'), one.events('interrupted')]).toEqual([[], []]);
  await expectEndedOnce(context, 'compute', [job]);
  await Promise.all([busy.end('SIGTERM'), sibling.end('SIGTERM')]);
});

it('D2, I5 a job that hangs for longer than maxBlock: a sibling takes over, and the late result is refused', async () => {
  const queue = context.queue('hangs');
  const hanging = worker('hangs', newUuid(), { ...QUICK, maxBlock: 300 });
  await hanging.event('activated');
  const job = await queue.put(hangOnce.job(4_000));
  await hanging.event('started');
  const sibling = worker('hangs', newUuid(), QUICK);
  expect(await waitForResult(job)).toBe('again');
  await hanging.event('reassigned');
  await hanging.event('reactivated');
  expect((await job.refresh()).result).toBe('again');
  await expectEndedOnce(context, 'hangs', [job]);
  await Promise.all([hanging.end('SIGTERM'), sibling.end('SIGTERM')]);
});

it('R3 a job that kills its process each time ends as a failure, and the queue goes on', async () => {
  const queue = context.queue('poison');
  const uuid = newUuid();
  const job = await queue.put(poison.job());
  for (let run = 1; run <= 10; run++) {
    const victim = worker('poison', uuid, SLOW);
    await victim.program.exited;
  }
  const last = worker('poison', uuid, SLOW);
  await expect(waitForResult(job)).rejects.toMatchObject({
    name: 'AbortedError',
    code: 'DROVER_ABORTED',
  });
  expect((await job.refresh()).interruptions).toBe(10);
  expect(await waitForResult(await queue.put(echo.job('next')))).toBe('next');
  await last.end('SIGTERM');
}, 120_000);

it.each([
  ['NeverRetry', NeverRetry, 1],
  ['a policy with two interrupts', retry({ interrupts: 2 }), 3],
])(
  'R3 with %s it ends sooner; siblings go on, and a composite goes on without it',
  async (what, retryPolicy, deaths) => {
    const name = `poison-${deaths}`;
    const queue = context.queue(name);
    const parts = [poison.job().with({ retryPolicy }), echo.job('part')];
    const [album, ...others] = [
      await queue.put(parallel(parts, { postprocess: outcomes.job() })),
      ...(await queue.putAll(Array.from({ length: 20 }, (_, i) => echo.job(i)))),
    ];
    // Each victim has a UUID of its own: the next one finds it dead, as a pod that replaces another
    // does.
    for (let death = 1; death <= deaths; death++)
      await worker(name, newUuid(), QUICK).program.exited;
    const last = worker(name, newUuid(), QUICK);
    expect(await waitForResult(album as Job, { timeout: 20_000 })).toEqual([
      'AbortedError',
      'part',
    ]);
    expect((await parts[0]?.refresh())?.interruptions).toBe(deaths);
    for (const [i, job] of others.entries()) expect(await waitForResult(job)).toBe(i);
    await expectEndedOnce(context, name, [...parts, ...others] as Job[]);
    await last.end('SIGTERM');
  },
  60_000,
);

it('R2 a composite with NeverRetry whose process dies when it has been woken, before its commit, still ends with its result', async () => {
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
  const next = worker(name, uuid, SLOW);
  expect(await waitForResult(job)).toEqual(['part']);
  expect([(await job.refresh()).interruptions, (await part.refresh()).interruptions]).toEqual([
    1, 0,
  ]);
  await expectEndedOnce(context, name, [job, part] as Job[]);
  await next.end('SIGTERM');
});

it('I3 NeverRetry: an interrupted job completes with AbortedError', async () => {
  const queue = context.queue('never-retry');
  const uuid = newUuid();
  const job = await queue.put(neverEnds.job(), { retryPolicy: 'NeverRetry' });
  const first = worker('never-retry', uuid, SLOW);
  await first.event('started');
  await first.end('SIGTERM');
  await waitForStatus(job, JobStatus.ACTIVE);
  const second = worker('never-retry', uuid, SLOW);
  await expect(waitForResult(job)).rejects.toMatchObject({ name: 'AbortedError' });
  await expectEndedOnce(context, 'never-retry', [job]);
  await second.end('SIGTERM');
});
