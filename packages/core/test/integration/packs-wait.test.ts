// Waits for parts of closed packs, which have no events of their own (docs/protocol/packs.md). The
// regular look of the waits is off: each has to end by an event.
import { hasLooked, makeParts, range, scene, waitAll, work } from './packs-wait-scene.js';
import type { Job } from '@drover/core';
import { waitForAnnotation, waitForStart, waitForStatus } from '@drover/core/testing';
import type { ClaimedJob } from '@drover/core/internal';
import { Queue as BullQueue } from 'bullmq';
import { RedisRecovery } from '../../../../test/kit/store.js';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { testContext } from '../../../../test/kit/context.js';
import { eventually } from '../../../../test/kit/wait.js';
import { callsAbout } from './calls-about.js';
import { namedQueue } from './named-queue.js';

const context = testContext('packs-wait');
const { redis } = context;

describe.each(['before the schedule', 'after the schedule'])('a wait that begins %s', (when) => {
  const isEarly = when.startsWith('before');
  const named = (what: string): string => `${what}-${when.replaceAll(' ', '-')}`;

  it('J12 ends with the value of a part of a parallel', async () => {
    const { parts, dispatcher, schedule } = await scene(
      context,
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
    const { parts, dispatcher, schedule } = await scene(
      context,
      named('serial'),
      'serial',
      makeParts(4),
    );
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
    const { parts, dispatcher, schedule } = await scene(context, name, 'parallel', makeParts(3));
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
  const { parts, dispatcher, store } = await scene(context, 'not-yet', 'parallel', makeParts(3));
  const waiting = waitAll(parts);
  await hasLooked(parts[2] as Job);
  const claim = await store();
  await dispatcher.endPack(await dispatcher.claimPack(), [1, 2, 3]);
  await dispatcher.store.suspend(claim, dispatcher.owner);
  expect(await waiting).toEqual([1, 2, 3]);
});

it('J12 a wait ends where the part has ended long before', async () => {
  const { parts, dispatcher, schedule } = await scene(
    context,
    'long-before',
    'parallel',
    makeParts(3),
  );
  await schedule();
  await dispatcher.endPack(await dispatcher.claimPack(), [1, 2, 3]);
  await redis.del(dispatcher.store.keys.list('events'));
  expect(await waitAll(parts)).toEqual([1, 2, 3]);
});

it('J12 a wait for a part that is removed ends with an error', async () => {
  const { parts, schedule } = await scene(context, 'removed', 'parallel', makeParts(3));
  await schedule();
  const part = parts[1] as Job;
  const waiting = expect(part.wait()).rejects.toThrow(`job ${part.id} was removed`);
  await hasLooked(part);
  await context.queue('removed').remove(part.id);
  await waiting;
});

it('J12 a wait hears of steps again after Redis has lost events, and that it waits', async () => {
  const { dispatcher, parts, schedule } = await scene(context, 'gap', 'serial', makeParts(4));
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
  const { parts, dispatcher, schedule } = await scene(context, 'foreign', 'parallel', makeParts(3));
  await schedule();
  const waiting = expect(waitAll(parts)).rejects.toThrow(/was removed/);
  await hasLooked(parts[2] as Job);
  const [packId = ''] = await redis.lrange(dispatcher.store.keys.list('wait'), 0, -1);
  const bullQueue = new BullQueue('foreign', { connection: redis, prefix: context.prefix });
  expect(await bullQueue.remove(packId)).toBe(1);
  await waiting;
});

it('J12 waitForStart and waitForStatus see a claim, and the step that is next', async () => {
  const { parts, dispatcher, schedule } = await scene(context, 'status', 'serial', makeParts(3));
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
  const { parts, dispatcher, schedule } = await scene(
    context,
    'annotation',
    'parallel',
    makeParts(3),
  );
  await schedule();
  const part = parts[1] as Job;
  const waiting = waitForAnnotation(part, 'progress');
  await hasLooked(part);
  const pack = await dispatcher.claimPack();
  await dispatcher.store.annotate(pack.pack?.parts[1] as ClaimedJob, 'progress', '50');
  expect(await waiting).toBe(50);
});

it('J12 a wait for a late step does not read at each step before it', async () => {
  const { parts, dispatcher, schedule } = await scene(context, 'many', 'serial', makeParts(100));
  await schedule();
  const last = parts[99] as Job;
  const pack = await dispatcher.claimPack();
  const calls = await callsAbout(redis, last, async () => {
    const waiting = last.wait();
    await parts[98]?.refresh();
    for (let i = 0; i < 99; i++) await dispatcher.recordStep(pack, i + 1, i);
    await dispatcher.endPack(pack, ['last']);
    expect(await waiting).toBe('last');
  });
  expect(calls).toBeLessThan(5);
});
