// Dispatchers whose heartbeats end, and dispatchers that are busy while their heartbeats go on.
// The tests run side by side, each with a queue and UUIDs of its own.
import { waitForResult } from '@drover/core/testing';
import { expectEndedOnce } from '../kit/events.js';
import { newUuid, testContext } from '../kit/context.js';
import { compute, echo, hangOnce, neverEnds } from '../kit/tasks.js';
import { PATIENCE, QUICK, worker } from './worker-processes.js';

it.concurrent(
  'D2 a dispatcher whose heartbeat threads end keeps its jobs and finds deaths',
  async () => {
    const context = testContext('heartbeats');
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
    const context = testContext('heartbeats');
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

// It needs a processor, so that no test runs beside it.
it('D2 a job that computes for five death intervals without yielding is not interrupted', async () => {
  const context = testContext('heartbeats');
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
    const context = testContext('heartbeats');
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
