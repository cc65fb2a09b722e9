// A hand ends, gives back and claims several jobs in one script (docs/protocol/hands.md). Each is
// fenced by its own token (I5).
import { defineTask, NeverRetry, type Job } from '@drover/core';
import { parallel } from '@drover/composite';
import { type ClaimedJob } from '@drover/core/internal';
import { RedisRecovery } from '../../../../test/kit/store.js';
import { testContext } from '../../../../test/kit/context.js';
import { playDispatcher, type PlayedDispatcher } from './play-dispatcher.js';

const context = testContext('hand-store');
const work = defineTask('hand-store.work', (value: unknown) => value);

/** A queue with so many jobs, and a dispatcher. */
async function filled(name: string, count: number) {
  const queue = context.queue(name);
  const jobs = await queue.putAll(Array.from({ length: count }, (_, i) => work.job(i)));
  return { queue, jobs, dispatcher: playDispatcher(context, name) };
}

async function claimed(dispatcher: PlayedDispatcher, count: number): Promise<ClaimedJob[]> {
  const reply = await dispatcher.completeAndClaim([], count);
  return reply.claimed.flatMap(({ job }) => job ?? []);
}

const idsOf = (jobs: readonly { id: string }[]) => jobs.map(({ id }) => id);

it('I5 each job of a hand has a token of its own, and comes in the order of the lane', async () => {
  const { jobs, dispatcher } = await filled('tokens', 4);
  const hand = await claimed(dispatcher, 3);
  expect(idsOf(hand)).toEqual(idsOf(jobs.slice(0, 3)));
  expect(new Set(hand.map(({ token }) => token)).size).toBe(3);
  for (const { id, token } of hand) expect(await dispatcher.store.holder(id)).toBe(token);
  expect(await claimed(dispatcher, 3)).toMatchObject([{ id: jobs[3]?.id, fence: 1 }]);
});

it('I5 a job that was interrupted is refused, and the others of its hand end', async () => {
  const { jobs, dispatcher } = await filled('refused', 3);
  const [first, second, third] = await claimed(dispatcher, 3);
  const recovery = new RedisRecovery(context.redis, context.prefix, dispatcher.uuid);
  await recovery.interrupt({ ...(second as ClaimedJob), queue: 'refused' });
  const { ends } = await dispatcher.completeAndClaim(
    [first, second, third].map((claim, i) => [claim as ClaimedJob, i]),
    0,
  );
  expect(ends).toEqual(['stored', { refused: 'lost' }, 'stored']);
  const results = await Promise.all(jobs.map(async (job) => (await job.refresh()).result));
  expect(results).toEqual([0, undefined, 2]);
});

it('I5 an end that is sent twice is refused the second time, and changes nothing', async () => {
  const { jobs, dispatcher } = await filled('twice', 1);
  const [claim] = (await claimed(dispatcher, 1)) as [ClaimedJob];
  expect((await dispatcher.completeAndClaim([[claim, 'first']], 0)).ends).toEqual(['stored']);
  const again = await dispatcher.completeAndClaim([[claim, 'second']], 0);
  expect(again.ends).toEqual([{ refused: 'lost' }]);
  expect((await jobs[0]?.refresh())?.result).toBe('first');
});

it('I1 jobs that are given back are at the head of the lane, in their order', async () => {
  const { jobs, dispatcher } = await filled('back', 4);
  const hand = await claimed(dispatcher, 3);
  await dispatcher.store.hand({ ended: [], back: hand.slice(1), tokens: [] });
  const next = [];
  for (let i = 0; i < 3; i++) next.push(await dispatcher.claimNow());
  expect(idsOf(next)).toEqual(idsOf(jobs.slice(1)));
  // They are as before their claim.
  expect(next.map(({ fence }) => fence)).toEqual([1, 1, 1]);
});

it('I5 a job that has another holder is not given back', async () => {
  const { dispatcher } = await filled('not-back', 2);
  const [first, second] = (await claimed(dispatcher, 2)) as [ClaimedJob, ClaimedJob];
  const back = [{ ...first, token: 'another' }, second];
  await dispatcher.store.hand({ ended: [], back, tokens: [] });
  expect(await dispatcher.store.holder(first.id)).toBe(first.token);
  expect(await dispatcher.store.holder(second.id)).toBeUndefined();
});

it.each<[string, () => Job, (name: string, dispatcher: PlayedDispatcher) => Promise<void>]>([
  ['a composite', () => parallel([work.job(1)]) as Job, async () => {}],
  [
    'a job with a policy of its own',
    () => work.job(1).with({ retryPolicy: NeverRetry }),
    async () => {},
  ],
  [
    'a job that was claimed before',
    () => work.job(1) as Job,
    async (name, dispatcher) => {
      const claim = await dispatcher.claimNow();
      await dispatcher.store.putBack(claim);
      // Another job is before it.
      const { list } = dispatcher.store.keys;
      await context.redis.rpoplpush(list.call(dispatcher.store.keys, 'wait'), `${name}-aside`);
      const other = await context.queue(name).put(work.job('other'));
      await context.redis.lpush(list.call(dispatcher.store.keys, 'wait'), claim.id);
      expect(other.status).toBe('pending');
    },
  ],
])('R3 %s is claimed alone', async (what, make, prepare) => {
  const name = what.replaceAll(' ', '-');
  const queue = context.queue(name);
  const dispatcher = playDispatcher(context, name);
  const before = what.includes('before') ? [] : [await queue.put(work.job('before'))];
  const alone = await queue.put(make());
  await prepare(name, dispatcher);
  await queue.put(work.job('after'));
  const first = await claimed(dispatcher, 9);
  expect(first).toHaveLength(1);
  expect(first[0]?.id).not.toBe(alone.id);
  expect(before.length === 0 || first[0]?.id === before[0]?.id).toBe(true);
  expect(idsOf(await claimed(dispatcher, 9))).toEqual([alone.id]);
});

it('J7 a job with callbacks ends by itself, and nothing is claimed before them', async () => {
  const { jobs, dispatcher } = await filled('callbacks', 2);
  await jobs[0]?.addCallback(work.job());
  const [first] = (await claimed(dispatcher, 1)) as [ClaimedJob];
  const reply = await dispatcher.completeAndClaim([[first, 1]], 4);
  expect(reply).toEqual({ ends: ['by itself'], claimed: [], areLeft: true });
  expect((await jobs[0]?.refresh())?.status).toBe('active');
});

it('O2 nothing is claimed in a paused or limited lane, and ends are stored', async () => {
  for (const [field, value] of [
    ['paused', 1],
    ['concurrency', 9],
    ['max', 9],
  ] as const) {
    const { jobs, dispatcher } = await filled(`limited-${field}`, 3);
    const [first] = (await claimed(dispatcher, 1)) as [ClaimedJob];
    await context.redis.hset(dispatcher.store.keys.list('meta'), field, value);
    const reply = await dispatcher.completeAndClaim([[first, 'done']], 2);
    expect(reply).toEqual({ ends: ['stored'], claimed: [], areLeft: true });
    expect((await jobs[0]?.refresh())?.result).toBe('done');
  }
});

it('B1 a damaged record ends the hand before it, and stays for a claim of its own', async () => {
  const { jobs, dispatcher } = await filled('damaged', 3);
  const { keys } = dispatcher.store;
  await context.redis.del(keys.job((jobs[1] as Job).id));
  await context.redis.set(keys.job((jobs[1] as Job).id), 'no hash');
  expect(idsOf(await claimed(dispatcher, 3))).toEqual([jobs[0]?.id]);
  expect(await context.redis.lrange(keys.list('wait'), 0, -1)).toEqual([jobs[2]?.id, jobs[1]?.id]);
});

/** Keys of another type, and whether the job is the last child of its parent then. */
const damagedParents: [what: string, isLast: boolean][] = [
  [':processed', false],
  [':dependencies', false],
  ['waiting-children', true],
];

it.each(damagedParents)(
  'B1 a damaged parent (%s) leaves the job to an end by itself',
  async (what, isLast) => {
    const { jobs, dispatcher } = await filled(`damaged${what.replace(':', '-')}`, 2);
    const { keys } = dispatcher.store;
    const hand = await claimed(dispatcher, 2);
    const parentKey = keys.job('parent');
    const dependencies = `${parentKey}:dependencies`;
    await context.redis.hset(parentKey, 'name', work.name);
    const children = hand.map(({ id }) => keys.job(id));
    await context.redis.sadd(dependencies, ...children, ...(isLast ? [] : ['other']));
    // With both fields a job is a child as BullMQ has it.
    await context.redis.hset(children[0] as string, 'parentKey', parentKey);
    await context.redis.hset(children[1] as string, { parentKey, parent: '{}' });
    if (isLast) await context.redis.srem(dependencies, children[0] as string);
    const damaged = what.startsWith(':') ? `${parentKey}${what}` : `${keys.base}${what}`;
    await context.redis.del(damaged);
    await context.redis.set(damaged, 'of another type');
    for (const [i, claim] of hand.entries()) {
      if (isLast && i === 0) continue;
      expect((await dispatcher.completeAndClaim([[claim, 1]], 0)).ends).toEqual(['by itself']);
      expect(await dispatcher.store.holder(claim.id)).toBe(claim.token);
      expect(await context.redis.lrange(keys.list('active'), 0, -1)).toContain(claim.id);
      expect((await jobs[i]?.refresh())?.result).toBeUndefined();
      if (what !== ':dependencies')
        expect(await context.redis.sismember(dependencies, children[i] as string)).toBe(1);
    }
  },
);

it('the marker of a lane goes with its last pending job', async () => {
  const { dispatcher } = await filled('marker', 3);
  const marker = `${context.prefix}:marker:marker`;
  await claimed(dispatcher, 2);
  expect(await context.redis.zscore(marker, '0')).toBe('0');
  await claimed(dispatcher, 2);
  expect(await context.redis.zscore(marker, '0')).toBeNull();
});
