// `partsOf` and `partStatesOf`: parts of a job that waits for others, and what they do; and
// `queue.details`: what is stored of a job beside its handle.
import { defineTask, InvalidArgumentError, partsOf, partStatesOf, type Job } from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { part, range, read, waiting } from './packs-scene.js';
import { playDispatcher } from './play-dispatcher.js';

const context = testContext('parts');
const { prefix, redis } = context;
const work = defineTask('parts.work', (value: unknown) => value);
const idsOf = (places: readonly { id: string }[] = []): string[] => places.map(({ id }) => id);

it('C1 partsOf tells the first parts in order, those that failed, and those that are active', async () => {
  const scene = await waiting(context, 'few', 6, { packed: false });
  const { dispatcher } = scene;
  await dispatcher.fail(await dispatcher.claimNow(), new Error('no'));
  await dispatcher.complete(await dispatcher.claimNow(), 1);
  await dispatcher.claimNow();
  const whole = (await read(scene, 0)).parent as Job;
  const found = await partsOf(whole);
  const at = (...positions: number[]) => positions.map((i) => part(scene, i).id);
  expect(found).toMatchObject({
    ...{ parts: 6, completed: 2, failed: 1, active: 1, pending: 3, onFailure: 'continue' },
  });
  expect(idsOf(found?.first)).toEqual(at(0, 1, 2, 3, 4, 5));
  expect(idsOf(found?.failedParts)).toEqual(at(0));
  expect(idsOf(found?.activeParts)).toEqual(at(2));
  expect(found?.first[0]).toEqual({ id: part(scene, 0).id, queue: 'few', lane: 'main' });
  const two = await partsOf(whole, { most: 2 });
  expect(idsOf(two?.first)).toEqual(at(0, 1));
  expect(await partsOf(await read(scene, 1))).toBeUndefined();
  for (const most of [-1, 1.5, 1_001])
    await expect(partsOf(whole, { most })).rejects.toThrow(InvalidArgumentError);
});

it('C1 partStatesOf tells what each part does, in order, some at a time', async () => {
  const scene = await waiting(context, 'states', 5, { packed: false });
  const { dispatcher } = scene;
  await dispatcher.fail(await dispatcher.claimNow(), new Error('no'));
  await dispatcher.complete(await dispatcher.claimNow(), 1);
  await dispatcher.claimNow();
  const whole = (await read(scene, 0)).parent as Job;
  const states = ['failed', 'succeeded', 'active', 'pending', 'pending'];
  const at = (i: number) => ({ id: part(scene, i).id, queue: 'states', lane: 'main' });
  expect(await partStatesOf(whole)).toEqual({
    parts: 5,
    states: states.map((state, i) => ({ ...at(i), state })),
  });
  expect(await partStatesOf(whole, { start: 2, most: 1 })).toEqual({
    parts: 5,
    states: [{ ...at(2), state: 'active' }],
  });
  expect(await partStatesOf(whole, { start: 5 })).toEqual({ parts: 5, states: [] });
  await redis.del(`${prefix}:states:${part(scene, 4).id}`);
  expect((await partStatesOf(whole, { start: 4 }))?.states).toEqual([
    { ...at(4), state: 'failed' },
  ]);
  expect(await partStatesOf(await read(scene, 1))).toBeUndefined();
  for (const bad of [{ most: 0 }, { most: 1_001 }, { start: -1 }, { start: 0.5 }])
    await expect(partStatesOf(whole, bad)).rejects.toThrow(InvalidArgumentError);
});

it('C5 partStatesOf tells what parts of packs do, across the steps in which it looks', async () => {
  const scene = await waiting(context, 'packed-states', 600);
  await scene.dispatcher.claimPack();
  const whole = (await read(scene, 0)).parent as Job;
  const found = await partStatesOf(whole);
  expect(idsOf(found?.states)).toEqual(range(600).map((i) => part(scene, i).id));
  const active = found?.states.filter(({ state }) => state === 'active');
  expect(idsOf(active)).toEqual(range(32).map((i) => part(scene, i).id));
});

it('C5 partsOf tells the active parts of packs, across the steps in which it looks', async () => {
  const scene = await waiting(context, 'packs', 600);
  await scene.dispatcher.claimPack();
  const whole = (await read(scene, 0)).parent as Job;
  const found = await partsOf(whole, { most: 40 });
  expect(found).toMatchObject({ parts: 600, active: 32, pending: 568, failedParts: [] });
  expect(idsOf(found?.activeParts)).toEqual(range(32).map((i) => part(scene, i).id));
  expect(found?.first).toHaveLength(40);
});

it('O4 details has what is stored beside the handle, also of values that cannot be read', async () => {
  const queue = context.queue('details');
  const job = await queue.put(work.job(new Date(0)), { lane: 'side' });
  const key = `${prefix}:details/side:${job.id}`;
  await redis.hset(key, { policyData: '{"seen":2}', retries: 3, ats: 7 });
  await redis.hset(`${key}:once`, { step: '1', __proto__: '2' });
  expect(await queue.details(job.id)).toEqual({
    ...{ id: job.id, task: 'parts.work', queue: 'details', lane: 'side' },
    args: (await redis.hget(key, 'data')) as string,
    ...{ fence: 7, policyData: { seen: 2 }, retries: 3 },
    ...{ once: { step: '1' }, onceCount: 1 },
  });
  await job.cancel('not wanted');
  expect(await queue.details(job.id)).toMatchObject({
    verdict: { why: 'cancelled', message: 'not wanted' },
  });
  const ended = await queue.put(work.job(1));
  const dispatcher = playDispatcher(context, 'details');
  await dispatcher.complete(await dispatcher.claimNow(), { a: 1 });
  expect(await queue.details(ended.id)).toMatchObject({ value: '{"a":1}', fence: 1, args: '[1]' });
  expect(await queue.details('0')).toBeUndefined();
  await expect(queue.details('a:b')).rejects.toThrow(InvalidArgumentError);
});

it('O4 details of a part in a pack has its arguments and its fence', async () => {
  const scene = await waiting(context, 'in-a-pack', 40);
  const details = await context.queue('in-a-pack').details(part(scene, 3).id);
  expect(details).toMatchObject({ args: '[3]', fence: 0, onceCount: 0, policyData: {} });
});
