// A part of a closed pack has the status and the result of a job that is stored by itself
// (docs/protocol/packs.md).
import type { Job, JobStatus } from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { playPacks } from './packed.js';
import {
  labelsOf,
  makeParts,
  range,
  rare,
  read,
  statusesOf,
  waiting,
  work,
} from './packs-scene.js';

const context = testContext('packs-read');

it('J2 the parts of an ended pack have their results, and are listed newest first', async () => {
  const scene = await waiting(context, 'ended', 40);
  const { dispatcher } = scene;
  await dispatcher.endPack(
    await dispatcher.claimPack(),
    range(32).map((i) => ({ value: i })),
  );
  const statuses = await statusesOf(scene);
  expect(statuses.slice(0, 32)).toEqual(Array(32).fill('completed'));
  expect(statuses.slice(32)).toEqual(Array(8).fill('pending'));
  expect(await read(scene, 17)).toMatchObject({
    result: { value: 17 },
    dispatcher: dispatcher.uuid,
    interruptions: 0,
  });
  const queue = context.queue('ended');
  expect(labelsOf(await queue.jobs({ status: 'completed' }))).toEqual(range(32).reverse());
  expect(labelsOf(await queue.jobs({ status: 'completed', start: 3, end: 5 }))).toEqual([
    28, 27, 26,
  ]);
  expect(labelsOf(await queue.jobs({ status: 'completed', task: rare }))).toEqual([30, 20, 10, 0]);
});

it.each([
  ['claimed', false],
  ['given back', true],
])('J2 the ended steps of a pack that is %s are completed', async (what, isGivenBack) => {
  const name = `steps-${isGivenBack}`;
  const scene = await waiting(context, name, 6, { inOrder: true });
  const { dispatcher } = scene;
  const pack = await dispatcher.claimPack();
  await dispatcher.recordStep(pack, 1, 'first');
  await dispatcher.recordStep(pack, 2, 'second');
  if (isGivenBack) await dispatcher.store.putBack(pack);
  const third = isGivenBack ? 'pending' : 'active';
  expect(await statusesOf(scene)).toEqual(['completed', 'completed', third, 'new', 'new', 'new']);
  const list = async (status: JobStatus) => labelsOf(await context.queue(name).jobs({ status }));
  expect(await list('completed')).toEqual([1, 0]);
  expect(await list('new')).toEqual([3, 4, 5]);
  expect(new Set(await list('active'))).toEqual(new Set(isGivenBack ? ['whole'] : [2, 'whole']));
  expect(await list('pending')).toEqual(isGivenBack ? [2] : []);
  expect(await read(scene, 1)).toMatchObject({ result: 'second', dispatcher: dispatcher.uuid });
});

it('J2 the steps of a pack whose turn has not come are new', async () => {
  const queue = context.queue('turn');
  const dispatcher = playPacks(context, 'turn');
  await queue.put(work.job('whole'));
  const parts = makeParts(260);
  await dispatcher.suspend(await dispatcher.claimNow(), parts, { inOrder: true });
  expect((await queue.get((parts[258] as Job).id))?.status).toBe('new');
  const news = labelsOf(await queue.jobs({ status: 'new' }));
  expect(new Set(news)).toEqual(new Set(range(260).slice(1)));
  expect(news).toHaveLength(259);
});

it.each([
  ['parallel', false, 0],
  ['serial', true, 2],
])('I5 a refused end of a pack of a %s stores no value', async (kind, inOrder, ended) => {
  const scene = await waiting(context, `refused-${kind}`, 5, { inOrder });
  const { dispatcher } = scene;
  const { keys } = dispatcher.store;
  const pack = await dispatcher.claimPack();
  for (let i = 0; i < ended; i++) await dispatcher.recordStep(pack, i + 1, i);
  // Another program has taken it out of the list.
  await context.redis.lrem(keys.list('active'), 0, pack.id);
  await expect(dispatcher.endPack(pack, range(5 - ended))).rejects.toThrow(/refused/);
  expect(await context.redis.llen(`${keys.job(pack.id)}:values`)).toBe(ended);
  expect((await statusesOf(scene)).slice(0, ended + 1)).toEqual([
    ...Array<string>(ended).fill('completed'),
    'active',
  ]);
});
