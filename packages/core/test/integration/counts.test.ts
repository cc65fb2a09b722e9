// `queue.counts()`: how many jobs there are, by what they do, with the parts of packs.
import { defineTask, type ListStatus, type Queue } from '@drover/core';
import { newUuid, testContext } from '../../../../test/kit/context.js';
import { RedisRecovery } from '../../../../test/kit/store.js';
import { part, range, waiting } from './packs-scene.js';
import { playDispatcher } from './play-dispatcher.js';

const context = testContext('counts');
const { redis } = context;
const work = defineTask('counts.work', (value: unknown) => value);

/** The same numbers by what `queue.jobs` lists. */
async function listed(queue: Queue) {
  const count = async (status: ListStatus) => (await queue.jobs({ status, end: 99_999 })).length;
  return {
    pending: await count('pending'),
    due: await count('due'),
    delayed: await count('delayed'),
    waitingForQuota: await count('waitingForQuota'),
    active: await count('active'),
    callbacks: await count('callbacks'),
    completed: await count('completed'),
  };
}

async function countsOf(queue: Queue) {
  const { lanes, ...counts } = await queue.counts();
  expect(counts).toMatchObject(await listed(queue));
  expect(await queue.length()).toBe(counts.pending);
  for (const name of Object.keys(counts) as (keyof typeof counts)[]) {
    if (name === 'interrupted') continue;
    const sum = Object.values(lanes).reduce((total, lane) => total + lane[name], 0);
    expect([name, sum]).toEqual([name, counts[name]]);
  }
  return counts;
}

const NONE = {
  ...{ pending: 0, due: 0, delayed: 0, waitingForQuota: 0, active: 0, callbacks: 0 },
  ...{ completed: 0, succeeded: 0, failed: 0, interrupted: 0, setAside: 0 },
};

it('Q1 counts of an empty queue are all 0, with the lanes that each queue has', async () => {
  expect(await context.queue('empty').counts()).toEqual({
    ...NONE,
    lanes: { system: expect.anything(), main: expect.objectContaining({ pending: 0 }) },
  });
});

it('Q1, Q6 counts tells the states of plain jobs, by lane', async () => {
  const queue = context.queue('plain');
  await queue.putAll(range(7).map((i) => work.job(i)));
  await queue.put(work.job('later'), { beginAfter: 600_000 });
  await queue.putAll([work.job(1), work.job(2)], { lane: '__proto__' });
  const dispatcher = playDispatcher(context, 'plain');
  await dispatcher.complete(await dispatcher.claimNow(), 'value');
  for (const message of ['no', 'nor'])
    await dispatcher.fail(await dispatcher.claimNow(), new Error(message));
  await dispatcher.claimNow();
  const claim = await dispatcher.claimNow();
  await dispatcher.store.deadLetter(claim, 'damaged');
  const counts = await countsOf(queue);
  expect(counts).toEqual({
    ...NONE,
    ...{ pending: 5, due: 4, delayed: 1, active: 1, completed: 3, succeeded: 1, failed: 2 },
    setAside: 1,
  });
  const { lanes } = await queue.counts();
  expect(Object.keys(lanes)).toEqual(['system', 'main', '__proto__']);
  expect(Object.entries(lanes)[2]).toMatchObject(['__proto__', { due: 2, pending: 2, active: 0 }]);
});

it('Q1, Q2 a delayed job whose time has come counts as due before it is claimed', async () => {
  const queue = context.queue('due');
  await queue.put(work.job(1), { beginAfter: 1 });
  await queue.put(work.job(2), { beginAfter: 600_000 });
  const delayed = `${context.prefix}:due:delayed`;
  const [first = ''] = await redis.zrange(delayed, '0', '0');
  const [seconds] = await redis.time();
  await redis.zadd(delayed, String((Number(seconds) - 10) * 1_000 * 0x1000), first);
  expect(await countsOf(queue)).toMatchObject({ pending: 2, due: 1, delayed: 1 });
});

it('Q5 jobs that wait for a quota are counted by themselves', async () => {
  const queue = context.queue('quota');
  await queue.quotas.create('disk', 1);
  await queue.putAll([work.job(1), work.job(2), work.job(3)], { quotas: ['disk'] });
  const { claimNow, store } = playDispatcher(context, 'quota');
  for (const reply of ['taken', 'parked'])
    expect(await store.takeSlots(await claimNow())).toBe(reply);
  expect(await countsOf(queue)).toMatchObject({
    ...{ pending: 2, due: 1, waitingForQuota: 1, active: 1 },
  });
});

it('J7 a job whose callbacks run is counted there, and not as active', async () => {
  const queue = context.queue('callbacks');
  const job = work.job(1);
  await job.addCallback(work.job());
  await job.addCallback(work.job());
  await queue.put(job);
  const dispatcher = playDispatcher(context, 'callbacks');
  await dispatcher.complete(await dispatcher.claimNow(), 'value');
  expect(await countsOf(queue)).toMatchObject({ callbacks: 1, pending: 1, active: 0 });
  for (const status of ['callbacks', 'new'] as const)
    expect(await queue.jobs({ status })).toHaveLength(1);
  await dispatcher.complete(await dispatcher.claimNow(), 1);
  await dispatcher.complete(await dispatcher.claimNow(), 1);
  expect(await countsOf(queue)).toMatchObject({ callbacks: 1, pending: 0, succeeded: 2 });
});

it('I1, O1 jobs whose interrupt is not decided are counted, and cancels are not', async () => {
  const queue = context.queue('interrupted');
  await queue.putAll([work.job(1), work.job(2), work.job(3)]);
  const { claimNow, uuid } = playDispatcher(context, 'interrupted');
  await claimNow();
  const { id, token, task } = await claimNow();
  const held = { queue: 'interrupted', lane: 'main', id, token, task };
  await new RedisRecovery(redis, context.prefix, uuid).interrupt(held);
  await (await queue.jobs())[1]?.cancel();
  const counts = await countsOf(queue);
  expect(counts).toMatchObject({ interrupted: 1, active: 3, pending: 2 });
});

describe('packs', () => {
  it('C5 the parts of packs of a parallel count in the state that they have', async () => {
    const scene = await waiting(context, 'parallel', 70, { around: true });
    const { dispatcher } = scene;
    const queue = context.queue('parallel');
    expect(await countsOf(queue)).toMatchObject({ due: 74, delayed: 1, active: 1, completed: 0 });
    await dispatcher.claimNow();
    await dispatcher.claimNow();
    const first = await dispatcher.claimPack();
    const second = await dispatcher.claimPack();
    expect(await countsOf(queue)).toMatchObject({ due: 8, active: 67 });
    await dispatcher.endPack(first, range(32));
    expect(await countsOf(queue)).toMatchObject({ due: 8, active: 35, succeeded: 32 });
    await dispatcher.store.putBack(second);
    expect(await countsOf(queue)).toMatchObject({ due: 40, active: 3, succeeded: 32 });
    await queue.remove(part(scene, 40).id);
    expect(await countsOf(queue)).toMatchObject({ due: 39, active: 3, succeeded: 32 });
    // That opens an ended pack; the callback is due.
    await (await queue.get(part(scene, 0).id))?.addCallback(work.job());
    expect(await countsOf(queue)).toMatchObject({ due: 40, active: 3, succeeded: 32 });
    expect(await redis.zcard(`${context.prefix}:parallel:finished-packs`)).toBe(0);
  });

  it('C5 the steps of packs of a serial count in the state that they have', async () => {
    const scene = await waiting(context, 'serial', 300, { inOrder: true });
    const { dispatcher } = scene;
    const queue = context.queue('serial');
    expect(await countsOf(queue)).toMatchObject({ due: 1, active: 1, completed: 0 });
    const pack = await dispatcher.claimPack();
    await dispatcher.recordStep(pack, 1, 'value');
    expect(await countsOf(queue)).toMatchObject({ due: 0, active: 2, succeeded: 1 });
    await dispatcher.store.putBack(pack);
    expect(await countsOf(queue)).toMatchObject({ due: 1, active: 1, succeeded: 1 });
    const again = await dispatcher.claimPack();
    const size = again.pack.parts.length + 1;
    await dispatcher.endPack(again, range(size - 1));
    expect(await countsOf(queue)).toMatchObject({ due: 1, active: 1, succeeded: size });
  });

  it('J9, O6 nothing of removed packs is counted', async () => {
    const scene = await waiting(context, 'removed', 70);
    const { dispatcher, name } = scene;
    const queue = context.queue(name);
    await dispatcher.endPack(await dispatcher.claimPack(), range(32));
    const keys = dispatcher.store.keys;
    for (const id of await redis.zrange(keys.list('completed'), 0, '-1')) {
      await redis.zrem(keys.list('completed'), id);
      await redis.del(keys.job(id));
    }
    await new RedisRecovery(redis, context.prefix, newUuid()).forgetPacks(name, keys.lane, 0);
    expect(await countsOf(queue)).toMatchObject({ due: 38, active: 1, completed: 0 });
    for (const set of ['unfinished-packs', 'finished-packs']) {
      await redis.del(`${keys.base}${set}`);
      await redis.set(`${keys.base}${set}`, 'x');
    }
    expect(await queue.counts()).toMatchObject({ due: 2, active: 1, completed: 0 });
  });

  it('B1 the parts of a pack that is a dead letter are not pending, until it is retried', async () => {
    const { dispatcher, name } = await waiting(context, 'dead', 40);
    const queue = context.queue(name);
    const pack = await dispatcher.claimPack();
    await dispatcher.store.deadLetter(pack, 'damaged');
    expect(await queue.counts()).toMatchObject({ due: 8, active: 1, setAside: 1 });
    await queue.deadLetters().retry(pack.id);
    expect(await countsOf(queue)).toMatchObject({ due: 40, active: 1, setAside: 0 });
  });
});
