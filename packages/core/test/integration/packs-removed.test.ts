// Packs that BullMQ's tools have removed: a reconcile pass drops what these leave behind (O6).
import { defineTask } from '@drover/core';
import { Queue as BullQueue } from 'bullmq';
import { RedisRecovery } from '../../../../test/kit/store.js';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { newUuid, testContext } from '../../../../test/kit/context.js';
import { playPacks } from './packed.js';

const context = testContext('packs-removed');
const work = defineTask('packs-removed.work', (value: unknown) => value);
const forget = async (queue: string, turn = 0): Promise<void> =>
  await new RedisRecovery(context.redis, context.prefix, newUuid()).forgetPacks(
    queue,
    'main',
    turn,
  );

/** All that a queue has of packs: the entries of parts, the sizes of packs, the values. */
async function left(queue: string) {
  const { redis, prefix } = context;
  const base = `${prefix}:${queue}`;
  const lists = await redis.keys(`${prefix.replace(/[{}]/g, '?')}:${queue}:*:values`);
  return {
    packs: await redis.zcard(`${base}:packs`),
    pending: await redis.zcard(`${base}:unfinished-packs`),
    values: lists.length,
  };
}

/** Two packs of one composite, the first of them in the state that is asked for. */
async function twoPacks(queue: string, state: 'pending' | 'active' | 'completed') {
  const board = new BullQueue(queue, {
    connection: { url: context.redisUrl },
    prefix: context.prefix,
  });
  board.on('error', () => {});
  cleanUpLater(() => board.close());
  await context.queue(queue).put(work.job('whole'));
  const played = playPacks(context, queue);
  const parts = Array.from({ length: 40 }, (_, i) => work.job(i));
  await played.suspend(await played.claimNow(), parts);
  if (state === 'pending') return { board };
  const pack = await played.claimPack();
  if (state === 'active') await played.recordStep(pack, 1, 'first');
  else await played.endPack(pack, Array<number>(32).fill(0));
  return { board };
}

it('O6 the entries of living packs stay', async () => {
  await twoPacks('living', 'active');
  const before = await left('living');
  expect(before).toMatchObject({ pending: 2, values: 1 });
  await forget('living');
  expect(await left('living')).toEqual(before);
});

it.each([
  {
    how: 'obliterate',
    state: 'active',
    press: (board: BullQueue) => board.obliterate({ force: true }),
    stays: { packs: 0, pending: 0, values: 0 },
  },
  {
    how: 'clean',
    state: 'completed',
    press: (board: BullQueue) => board.clean(0, 100, 'completed'),
    stays: { pending: 1, values: 0 },
  },
  {
    how: 'remove',
    state: 'pending',
    press: async (board: BullQueue) => await (await board.getWaiting())[0]?.remove(),
    stays: { pending: 1, values: 0 },
  },
] as const)(
  'O6, J9 nothing is left of a pack that the button $how has removed',
  async ({ how, state, press, stays }) => {
    const { board } = await twoPacks(how, state);
    const before = await left(how);
    await press(board);
    expect((await left(how)).packs).toBe(before.packs);
    await forget(how);
    const after = await left(how);
    expect(after).toMatchObject(stays);
    expect(after.packs).toBeLessThan(before.packs);
  },
);

it('O6 turns look at all entries, however many there are', async () => {
  const { redis, prefix } = context;
  const packs = `${prefix}:turns:packs`;
  const members = Array.from({ length: 1_000 }, (_, i) => `${10_000 + i}:gone-${i}`);
  await redis.zadd(packs, ...members.flatMap((member) => [0, member]));
  for (let turn = 0; turn < 20; turn++) await forget('turns', turn);
  expect(await redis.zcard(packs)).toBe(0);
});

it('B1 a foreign key in the place of the entries is left alone', async () => {
  const packs = `${context.prefix}:foreign:packs`;
  await context.redis.set(packs, 'foreign');
  await forget('foreign');
  expect(await context.redis.get(packs)).toBe('foreign');
});
