// Dispatchers that die, or seem to: killed, paused, started twice, and computing without a pause.
// The tests run side by side, each with a queue and UUIDs of its own.
import { waitForResult, waitForStatus } from '@drover/core/testing';
import { JobStatus, NeverRetry, retry, type Job } from '@drover/core';
import { parallel } from '@drover/composite';
import { expectEndedOnce } from '../kit/events.js';
import { newUuid, testContext, type TestContext } from '../kit/context.js';
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

function worker(
  { prefix }: TestContext,
  queue: string,
  uuid: string,
  options: Partial<WorkerProgramOptions> = {},
): WorkerProcess {
  return startWorker({
    prefix,
    uuid,
    queues: { [queue]: { main: { size: 2 } } },
    ...options,
  });
}

/** For a process that has to start on a loaded machine, in ms. */
const PATIENCE = { timeout: 20_000 };
/** Short intervals, for tests that wait for a death. */
const QUICK = { pingInterval: 200, deathInterval: 1_000 };
/** A test with these intervals shows that it waits for none of them. */
const SLOW = { pingInterval: 10_000, deathInterval: 600_000 };

it.concurrent(
  'D2 a dispatcher whose heartbeat threads end keeps its jobs and finds deaths',
  async () => {
    const context = testContext('deaths');
    const queue = context.queue('heartbeat');
    const survivor = worker(context, 'heartbeat', newUuid(), { ...QUICK, heartbeatEnds: 2 });
    const kept = await queue.put(neverEnds.job());
    await survivor.event('started');
    await survivor.logged('the last heartbeat thread pings');
    const victim = worker(context, 'heartbeat', newUuid(), QUICK);
    await victim.event('activated');
    await victim.end('SIGKILL');
    await survivor.event('died');
    expect(victim.events('died')).toEqual([]);
    expect(survivor.events('deposed')).toEqual([]);
    expect((await kept.refresh()).interruptions).toBe(0);
    await survivor.end('SIGTERM');
  },
);

it.concurrent(
  'D2, D5 a dispatcher whose heartbeat threads never ping finds that it was deposed',
  async () => {
    const context = testContext('deaths');
    const queue = context.queue('no-thread');
    const uuid = newUuid();
    const survivor = worker(context, 'no-thread', uuid, { ...QUICK, heartbeatEnds: 'all' });
    await survivor.event('activated');
    const victim = worker(context, 'no-thread', newUuid(), QUICK);
    await victim.event('activated');
    await victim.end('SIGKILL');
    await survivor.event('died');
    expect(survivor.events('deposed')).toEqual([]);
    await context.redis.hset(`${context.prefix}:dispatcher:${uuid}`, { status: 'deactivated' });
    await survivor.event('reactivated');
    expect(await (await queue.put(echo.job('works'))).wait()).toBe('works');
    await survivor.end('SIGTERM');
  },
);

it.concurrent('D6 SIGTERM while a dispatcher waits to become active ends the process', async () => {
  const context = testContext('deaths');
  const uuid = newUuid();
  const first = worker(context, 'waits', uuid, SLOW);
  await first.event('activated');
  const second = worker(context, 'waits', uuid, SLOW);
  await second.logged('already activated');
  second.program.kill('SIGTERM');
  expect(await second.program.exited).toMatchObject({ signal: 'SIGTERM' });
  await first.end('SIGTERM');
});

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
    expect((await job.refresh()).interruptions).toBe(1);
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

it.concurrent('D1 of two processes with one UUID the second waits, and says why', async () => {
  const context = testContext('deaths');
  const queue = context.queue('twice');
  const uuid = newUuid();
  const first = worker(context, 'twice', uuid, SLOW);
  await first.event('activated');
  const second = worker(context, 'twice', uuid, SLOW);
  await second.logged('already activated: another process?');
  expect(await waitForResult(await queue.put(echo.job(1)))).toBe(1);
  expect(second.events('started')).toHaveLength(0);
  await first.end('SIGTERM');
  await second.event('activated');
  expect(await waitForResult(await queue.put(echo.job(2)))).toBe(2);
  await second.event('completed');
  await second.end('SIGTERM');
});

it.concurrent('D1 the second process takes over when the first is killed', async () => {
  const context = testContext('deaths');
  const queue = context.queue('twice-killed');
  const uuid = newUuid();
  const job = await queue.put(pauseOnce.job(3));
  const first = worker(context, 'twice-killed', uuid, QUICK);
  await first.event('started');
  const second = worker(context, 'twice-killed', uuid, QUICK);
  await second.logged('already activated: another process?');
  await first.end('SIGKILL');
  expect(await waitForResult(job, PATIENCE)).toBe(3);
  await second.end('SIGTERM');
});

// It needs a processor, so that no test runs beside it.
it('D2 a job that computes for five death intervals without yielding is not interrupted', async () => {
  const context = testContext('deaths');
  const queue = context.queue('compute');
  const busy = worker(context, 'compute', newUuid(), QUICK);
  const sibling = worker(context, 'compute', newUuid(), QUICK);
  await Promise.all([busy.event('activated'), sibling.event('activated')]);
  const job = await queue.put(compute.job(5_000));
  expect(await waitForResult(job, { timeout: 20_000 })).toBe(5_000);
  expect((await job.refresh()).interruptions).toBe(0);
  for (const one of [busy, sibling])
    expect([one.events('died'), one.events('interrupted')]).toEqual([[], []]);
  await expectEndedOnce(context, 'compute', [job]);
  await Promise.all([busy.end('SIGTERM'), sibling.end('SIGTERM')]);
});

it.concurrent(
  'D2, I5 a job that hangs for longer than maxBlock is interrupted by a sibling',
  async () => {
    const context = testContext('deaths');
    const queue = context.queue('hangs');
    const hanging = worker(context, 'hangs', newUuid(), { ...QUICK, maxBlock: 300 });
    // It finds the death while the next one starts, which can take longer than the task hangs.
    const watching = worker(context, 'other', newUuid(), QUICK);
    await Promise.all([hanging.event('activated'), watching.event('activated')]);
    const job = await queue.put(hangOnce.job(4_000));
    await hanging.event('started');
    const sibling = worker(context, 'hangs', newUuid(), QUICK);
    expect(await waitForResult(job, PATIENCE)).toBe('again');
    await hanging.event('reassigned');
    await hanging.event('reactivated');
    expect((await job.refresh()).result).toBe('again');
    await expectEndedOnce(context, 'hangs', [job]);
    await Promise.all([hanging, watching, sibling].map((one) => one.end('SIGTERM')));
  },
);

it.concurrent(
  'R3 a job that kills its process each time ends as a failure',
  async () => {
    const context = testContext('deaths');
    const queue = context.queue('poison');
    const uuid = newUuid();
    const job = await queue.put(poison.job());
    for (let run = 1; run <= 10; run++) {
      const victim = worker(context, 'poison', uuid, SLOW);
      await victim.program.exited;
    }
    const last = worker(context, 'poison', uuid, SLOW);
    await expect(waitForResult(job, PATIENCE)).rejects.toMatchObject({
      name: 'AbortedError',
      code: 'DROVER_ABORTED',
    });
    expect((await job.refresh()).interruptions).toBe(10);
    expect(await waitForResult(await queue.put(echo.job('next')))).toBe('next');
    await last.end('SIGTERM');
  },
  120_000,
);

it.concurrent(
  'R3 the jobs that share a hand with one that kills its process are interrupted once at most',
  async () => {
    const context = testContext('deaths');
    const name = 'poisoned-hand';
    const queue = context.queue(name);
    // By the turn of the poison the slot claims many at once.
    const before = Array.from({ length: 120 }, (_, i) => echo.job(i));
    const mates = Array.from({ length: 20 }, (_, i) => echo.job(`mate ${i}`));
    const careful = echo.job('careful').with({ retryPolicy: NeverRetry });
    const killer = poison.job();
    await queue.putAll([
      ...before,
      killer,
      ...mates.slice(0, 3),
      careful,
      ...mates.slice(3),
    ] as Job[]);
    const size = { queues: { [name]: { main: { size: 1 } } } };
    for (let death = 1; death <= 2; death++) {
      const options = { prefix: context.prefix, uuid: newUuid(), ...size, ...QUICK };
      await startWorker(options).program.exited;
    }
    const shared = await Promise.all(
      mates.map(async (mate) => (await mate.refresh()).interruptions),
    );
    // On a busy machine the poison may have a hand of its own.
    expect(Math.max(...shared)).toBeLessThanOrEqual(1);
    await killer.cancel('poison');
    const last = worker(context, name, newUuid(), QUICK);
    for (const [i, mate] of mates.entries())
      expect(await waitForResult(mate, PATIENCE)).toBe(`mate ${i}`);
    for (const [i, job] of before.entries()) expect(await waitForResult(job, PATIENCE)).toBe(i);
    expect(await waitForResult(careful, PATIENCE)).toBe('careful');
    expect((await careful.refresh()).interruptions).toBe(0);
    // The cancel came before somebody found the second death.
    expect((await killer.refresh()).interruptions).toBe(1);
    await expectEndedOnce(context, name, [...before, ...mates, careful] as Job[]);
    await last.end('SIGTERM');
  },
  60_000,
);

it.concurrent.each([
  ['NeverRetry', NeverRetry, 1],
  ['a policy with two interrupts', retry({ interrupts: 2 }), 3],
])(
  'R3 a job that kills its process ends sooner with %s, and its composite goes on',
  async (what, retryPolicy, deaths) => {
    const context = testContext('deaths');
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
      await worker(context, name, newUuid(), QUICK).program.exited;
    const last = worker(context, name, newUuid(), QUICK);
    expect(await waitForResult(album as Job, { timeout: 20_000 })).toEqual([
      'AbortedError',
      'part',
    ]);
    expect((await parts[0]?.refresh())?.interruptions).toBe(deaths);
    for (const [i, job] of others.entries()) expect(await waitForResult(job, PATIENCE)).toBe(i);
    await expectEndedOnce(context, name, [...parts, ...others] as Job[]);
    await last.end('SIGTERM');
  },
  60_000,
);

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
