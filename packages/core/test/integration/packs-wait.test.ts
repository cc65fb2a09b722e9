// Waits for parts of closed packs, which have no events of their own (docs/protocol/packs.md). The
// regular look of the waits is off: each has to end by an event.
import { defineTask, type Job } from '@drover/core';
import { waitForAnnotation, waitForStart, waitForStatus } from '@drover/core/testing';
import { parallel, serial, type Composite } from '@drover/composite';
import type { ClaimedJob } from '@drover/core/internal';
import { Queue as BullQueue } from 'bullmq';
import { Redis } from 'ioredis';
import { RedisRecovery } from '../../../../test/kit/store.js';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { testContext } from '../../../../test/kit/context.js';
import { eventually } from '../../../../test/kit/wait.js';
import { namedQueue } from './named-queue.js';
import { playPacks, type PlayedPacks } from './packed.js';

const REGULAR_LOOK = 2_000;
const { setInterval: startInterval } = globalThis;
globalThis.setInterval = ((action: () => void, ms?: number) =>
  startInterval(ms === REGULAR_LOOK ? () => {} : action, ms)) as typeof setInterval;

const context = testContext('packs-wait');
const { redis } = context;
const work = defineTask('packs-wait.work', (value: unknown) => value);
const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

interface Scene {
  composite: Composite;
  /** Handles of the parts as the producer has them. */
  parts: Job[];
  dispatcher: PlayedPacks;
  /** Schedules the parts, and lets the composite wait. */
  schedule: () => Promise<void>;
  /** The same without the suspension. */
  store: () => Promise<ClaimedJob>;
}

/** A composite that was put, and is claimed when the test schedules its parts. */
async function scene(name: string, kind: 'parallel' | 'serial', parts: Job[]): Promise<Scene> {
  const dispatcher = playPacks(context, name);
  const make = kind === 'parallel' ? parallel : serial;
  const composite = await context.queue(name).put(make(parts) as unknown as Job);
  const options = { inOrder: kind === 'serial' };
  return {
    composite: composite as unknown as Composite,
    parts,
    dispatcher,
    async schedule() {
      await dispatcher.suspend(await dispatcher.claimNow(), parts, options);
    },
    async store() {
      const claim = await dispatcher.claimNow();
      await dispatcher.schedule(claim, parts, options);
      return claim;
    },
  };
}

const makeParts = (count: number): Job[] => range(count).map((i) => work.job(i));
const waitAll = (jobs: readonly Job[]): Promise<unknown[]> =>
  Promise.all(jobs.map((job) => job.wait()));

/** Resolves when the waits that began before have read their jobs. */
async function hasLooked(job: Job): Promise<void> {
  await expect(job.wait({ timeout: 50 })).rejects.toThrow(/not there after/);
}

describe.each(['before the schedule', 'after the schedule'])('a wait that begins %s', (when) => {
  const isEarly = when.startsWith('before');
  const named = (what: string): string => `${what}-${when.replaceAll(' ', '-')}`;

  it('J12 ends with the value of a part of a parallel', async () => {
    const { parts, dispatcher, schedule } = await scene(
      named('parallel'),
      'parallel',
      makeParts(40),
    );
    if (!isEarly) await schedule();
    const waiting = waitAll(parts);
    await hasLooked(parts[39] as Job);
    if (isEarly) await schedule();
    for (const size of [32, 8])
      await dispatcher.endPack(await dispatcher.claimPack(), range(size).map(String));
    expect(await waiting).toEqual([...range(32), ...range(8)].map(String));
    expect(parts[7]).toMatchObject({ status: 'completed', dispatcher: dispatcher.uuid });
  });

  it('J12 ends with the value of a step of a serial, as soon as it is stored', async () => {
    const { parts, dispatcher, schedule } = await scene(named('serial'), 'serial', makeParts(4));
    if (!isEarly) await schedule();
    const waiting = parts.map((part) => part.wait());
    await hasLooked(parts[3] as Job);
    if (isEarly) await schedule();
    const pack = await dispatcher.claimPack();
    for (let i = 0; i < 3; i++) {
      await dispatcher.recordStep(pack, i + 1, `value ${i}`);
      expect(await waiting[i]).toBe(`value ${i}`);
    }
    await dispatcher.endPack(pack, ['last']);
    expect(await waiting[3]).toBe('last');
  });

  it.each<[how: string, open: (part: Job, claim: ClaimedJob) => Promise<unknown>]>([
    ['an annotation', (part) => part.annotate('note', 1)],
    ['a callback', (part) => part.addCallback(work.job('after'))],
    [
      'an interrupt',
      async (_, claim) => {
        const recovery = new RedisRecovery(redis, context.prefix, claim.token.split(':')[0] ?? '');
        await recovery.interrupt({ ...claim, queue: named('opened-by-an-interrupt') });
      },
    ],
  ])('J12 goes on when the pack is opened by %s', async (how, open) => {
    const name = named(`opened-by-${how.replaceAll(' ', '-')}`);
    const { parts, dispatcher, schedule } = await scene(name, 'parallel', makeParts(3));
    if (!isEarly) await schedule();
    const waiting = waitAll(parts.slice(1));
    await hasLooked(parts[2] as Job);
    if (isEarly) await schedule();
    const pack = await dispatcher.claimPack();
    const first = (await context.queue(name).get((parts[0] as Job).id)) as Job;
    await open(first, pack);
    for (const [i, part] of pack.pack?.parts.entries() ?? [])
      if (i > 0) await dispatcher.complete(part, `by itself ${i}`);
    expect(await waiting).toEqual(['by itself 1', 'by itself 2']);
  });
});

it('J12 a wait ends where the part ends before its composite waits', async () => {
  const { parts, dispatcher, store } = await scene('not-yet', 'parallel', makeParts(3));
  const waiting = waitAll(parts);
  await hasLooked(parts[2] as Job);
  const claim = await store();
  await dispatcher.endPack(await dispatcher.claimPack(), [1, 2, 3]);
  await dispatcher.store.suspend(claim, dispatcher.owner);
  expect(await waiting).toEqual([1, 2, 3]);
});

it('J12 a wait ends where the part has ended long before', async () => {
  const { parts, dispatcher, schedule } = await scene('long-before', 'parallel', makeParts(3));
  await schedule();
  await dispatcher.endPack(await dispatcher.claimPack(), [1, 2, 3]);
  await redis.del(dispatcher.store.keys.list('events'));
  expect(await waitAll(parts)).toEqual([1, 2, 3]);
});

it('J12 a wait for a part that is removed ends with an error', async () => {
  const { parts, schedule } = await scene('removed', 'parallel', makeParts(3));
  await schedule();
  const part = parts[1] as Job;
  const waiting = expect(part.wait()).rejects.toThrow(`job ${part.id} was removed`);
  await hasLooked(part);
  await context.queue('removed').remove(part.id);
  await waiting;
});

it('J12 a wait hears of steps again after Redis has lost events, and that it waits', async () => {
  const { dispatcher, parts, schedule } = await scene('gap', 'serial', makeParts(4));
  await schedule();
  const { queue, connections, cut } = namedQueue(context, 'gap');
  cleanUpLater(() => queue.close());
  const step = (await queue.get((parts[1] as Job).id)) as Job;
  const waiting = step.wait();
  await hasLooked(step);
  const pack = await dispatcher.claimPack();
  const { keys } = dispatcher.store;
  await redis.hdel(keys.job(pack.id), 'watched');
  const ofEvents = async () => (await connections()).find(({ command }) => command === 'xread');
  const before = await eventually(ofEvents);
  await cut([before]);
  await eventually(async () => (await redis.hexists(keys.job(pack.id), 'watched')) === 1);
  await dispatcher.recordStep(pack, 1, 'first');
  await dispatcher.recordStep(pack, 2, 'second');
  expect(await waiting).toBe('second');
});

it('J12, O6 a wait ends where another program removes the pack', async () => {
  const { parts, dispatcher, schedule } = await scene('foreign', 'parallel', makeParts(3));
  await schedule();
  const waiting = expect(waitAll(parts)).rejects.toThrow(/was removed/);
  await hasLooked(parts[2] as Job);
  const [packId = ''] = await redis.lrange(dispatcher.store.keys.list('wait'), 0, -1);
  const bullQueue = new BullQueue('foreign', { connection: redis, prefix: context.prefix });
  expect(await bullQueue.remove(packId)).toBe(1);
  await waiting;
});

it('J12 waitForStart and waitForStatus see a claim, and the step that is next', async () => {
  const { parts, dispatcher, schedule } = await scene('status', 'serial', makeParts(3));
  const [first, second, third] = parts as [Job, Job, Job];
  const started = waitForStart(first);
  const secondStarted = waitForStart(second);
  const pendingAgain = waitForStatus(third, 'pending');
  await hasLooked(third);
  await schedule();
  const pack = await dispatcher.claimPack();
  expect((await started).status).toBe('active');
  await dispatcher.recordStep(pack, 1, 'value');
  expect((await secondStarted).status).toBe('active');
  await dispatcher.recordStep(pack, 2, 'value');
  await waitForStart(third);
  await dispatcher.store.putBack(pack);
  expect((await pendingAgain).status).toBe('pending');
});

it('O4 waitForAnnotation sees an annotation of a part', async () => {
  const { parts, dispatcher, schedule } = await scene('annotation', 'parallel', makeParts(3));
  await schedule();
  const part = parts[1] as Job;
  const waiting = waitForAnnotation(part, 'progress');
  await hasLooked(part);
  const pack = await dispatcher.claimPack();
  await dispatcher.store.annotate(pack.pack?.parts[1] as ClaimedJob, 'progress', '50');
  expect(await waiting).toBe(50);
});

describe('J12 a wait for a job that a packed part may store', () => {
  it.each([
    ['parallel', 1],
    ['serial', 0],
  ] as const)('ends when the part of a %s has ended without it', async (kind, i) => {
    const child = work.job('child');
    const parts = [work.job(0), work.job(1), work.job(2)];
    parts[i] = work.job(child);
    const { dispatcher, schedule, composite } = await scene(`child-${kind}`, kind, parts);
    await composite.refresh();
    const waiting = expect(child.wait()).rejects.toThrow('has ended without it');
    await hasLooked(child);
    await schedule();
    await hasLooked(child);
    const pack = await dispatcher.claimPack();
    if (kind === 'parallel') await dispatcher.endPack(pack, [1, 2, 3]);
    else await dispatcher.recordStep(pack, 1, 'value');
    await waiting;
  });

  it('ends when a step before others has ended without it, in another lane', async () => {
    const child = work.job('child').with({ lane: 'slow' });
    const parts = [work.job(0), work.job(child), work.job(2)];
    const { dispatcher, schedule } = await scene('child-lane', 'serial', parts);
    await schedule();
    const waiting = expect(child.wait()).rejects.toThrow('has ended without it');
    await hasLooked(child);
    const pack = await dispatcher.claimPack();
    await dispatcher.recordStep(pack, 1, 'value');
    await dispatcher.recordStep(pack, 2, 'value');
    await waiting;
  });

  it('ends with its value when the part stores it', async () => {
    const child = work.job('child');
    const parts = [work.job(0), work.job(child), work.job(2)];
    const { dispatcher, schedule } = await scene('child-stored', 'parallel', parts);
    await schedule();
    const waiting = child.wait();
    await hasLooked(child);
    const pack = await dispatcher.claimPack();
    const part = pack.pack?.parts[1] as ClaimedJob;
    await dispatcher.suspend(part, [child], { packed: false });
    const claim = await dispatcher.claimAny();
    expect(claim.id).toBe(child.id);
    await dispatcher.complete(claim, 'of the child');
    expect(await waiting).toBe('of the child');
  });
});

/** The number of script calls about one job that the queues of this process send meanwhile. */
async function callsAbout({ id }: Job, action: () => Promise<unknown>): Promise<number> {
  const { sendCommand } = Redis.prototype;
  let calls = 0;
  Redis.prototype.sendCommand = function (...args: Parameters<typeof sendCommand>) {
    if (this !== redis && /^evalsha$/i.test(args[0].name) && args[0].args.includes(id)) calls++;
    return sendCommand.apply(this, args);
  };
  try {
    await action();
    return calls;
  } finally {
    Redis.prototype.sendCommand = sendCommand;
  }
}

it('J12 a wait for a late step does not read at each step before it', async () => {
  const { parts, dispatcher, schedule } = await scene('many', 'serial', makeParts(100));
  await schedule();
  const last = parts[99] as Job;
  const pack = await dispatcher.claimPack();
  const calls = await callsAbout(last, async () => {
    const waiting = last.wait();
    await parts[98]?.refresh();
    for (let i = 0; i < 99; i++) await dispatcher.recordStep(pack, i + 1, i);
    await dispatcher.endPack(pack, ['last']);
    expect(await waiting).toBe('last');
  });
  expect(calls).toBeLessThan(5);
});
