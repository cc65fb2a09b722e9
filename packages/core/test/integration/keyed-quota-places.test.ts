// Jobs with keys of a quota keep their places, and no turn is lost with a job that goes (Q4, Q9).
import { type Job } from '@drover/core';
import type { ClaimedJob } from '@drover/core/internal';
import { testContext } from '../../../../test/kit/context.js';
import { newStoredJob, sweepQuotas } from '../../../../test/kit/store.js';
import {
  begin,
  beginAll,
  keyedQueue,
  nameOf,
  of,
  quotaKeys,
  runAll,
  work,
} from './keyed-quota-runs.js';
import { playDispatcher } from './play-dispatcher.js';

const context = testContext('keyed-quota-places');
const { redis, prefix } = context;

it('Q4, Q9 a job that is put back begins before the others of its key, and before other keys', async () => {
  const [queue, played] = await keyedQueue(context, 'back');
  await queue.putAll(['a1', 'a2', 'b1'].map((name) => of(name)));
  const first = (await begin(played)) as ClaimedJob;
  await played.store.retry(first, 0, { policyData: {} });
  expect(await runAll(played)).toEqual(['a1', 'b1', 'a2']);
});

it('Q9 a job on turn that is removed or deleted gives its turn to the next one', async () => {
  const [queue, played] = await keyedQueue(context, 'gone');
  const jobs = await queue.putAll(['a1', 'a2', 'a3', 'b1'].map((name) => of(name)));
  await queue.remove(jobs[0] as Job);
  expect(await queue.explain(jobs[2] as Job)).toMatchObject({ onTurn: { id: jobs[1]?.id } });
  // As another program would do it.
  await redis.lrem(`${prefix}:gone:wait`, 1, jobs[1]?.id as string);
  await redis.del(`${prefix}:gone:${jobs[1]?.id}`);
  await sweepQuotas(redis, played.store.keys);
  expect(await runAll(played)).toEqual(['b1', 'a3']);
  expect(await quotaKeys(context, 'gone')).toEqual([]);
});

it('Q9 the slot of a job that another program deleted is freed by a sweep', async () => {
  const [queue, played] = await keyedQueue(context, 'lost');
  const jobs = await queue.putAll(['a1', 'a2'].map((name) => of(name)));
  await begin(played);
  await redis.lrem(`${prefix}:lost:active`, 1, jobs[0]?.id as string);
  await redis.del(`${prefix}:lost:${jobs[0]?.id}`, `${prefix}:lost:${jobs[0]?.id}:lock`);
  expect(await runAll(played)).toEqual([]);
  await sweepQuotas(redis, played.store.keys);
  expect(await runAll(played)).toEqual(['a2']);
  expect(await quotaKeys(context, 'lost')).toEqual([]);
});

it('Q9, Q12 a job changes its key, its quotas and its priority while it waits for a turn', async () => {
  const [queue, played] = await keyedQueue(context, 'update');
  const jobs = await queue.putAll(['a1', 'a2', 'a3', 'a4', 'b1'].map((name) => of(name)));
  await jobs[0]?.update({ quotas: ['team/c'] });
  await jobs[1]?.update({ quotas: [] });
  await jobs[2]?.update({ priority: 3 });
  await expect(jobs[3]?.update({ quotas: ['team'] })).rejects.toThrow('has keys: name one of them');
  expect((await runAll(played)).sort()).toEqual(['a1', 'a2', 'a3', 'a4', 'b1']);
  expect(await quotaKeys(context, 'update')).toEqual([]);
});

it('O4, Q9 explain says whose turn it is, or which job holds the slot of the key', async () => {
  const [queue, played] = await keyedQueue(context, 'explain', 1);
  const jobs = await queue.putAll(['a1', 'a2', 'b1', 'b2'].map((name) => of(name)));
  expect(await queue.explain(jobs[1] as Job)).toMatchObject({
    reason: 'quota-turn',
    quota: 'team/a',
    before: 0,
    keysBefore: undefined,
    onTurn: { id: jobs[0]?.id },
  });
  const held = (await begin(played)) as ClaimedJob;
  const why = await queue.explain(jobs[1] as Job);
  expect(why).toMatchObject({ reason: 'quota-full', quota: 'team/a', holders: [{ id: held.id }] });
  expect(why.sentence).toMatch(/waits for the quota `team\/a` \(1 slot\), held by job/);
});

it('O4, Q9 explain says whose turn it is in a rate limit, or when that opens', async () => {
  const queue = context.queue('explainRate');
  await queue.rateLimits.create('tenant', { max: 1, duration: 3_600_000, keyed: true });
  const jobs = await queue.putAll(
    ['a1', 'a2', 'b1'].map((name) => work.job(name).with({ rateLimits: [`tenant/${name[0]}`] })),
  );
  const why = await queue.explain(jobs[1] as Job);
  expect(why).toMatchObject({
    reason: 'rate-limit-turn',
    rateLimit: 'tenant/a',
    before: 0,
    keysBefore: undefined,
    onTurn: { id: jobs[0]?.id },
  });
  expect(why.sentence).toMatch(/turn of its key in the rate limit `tenant\/a`; on turn is job/);
  const played = playDispatcher(context, 'explainRate');
  await played.store.takeSlots(await played.claimNow());
  expect(await queue.explain(jobs[1] as Job)).toMatchObject({
    reason: 'rate-limited',
    opensAt: expect.any(Number) as number,
  });
});

it('Q9 delayed jobs, and those of other lanes, take their turns when they are due', async () => {
  const [queue, played] = await keyedQueue(context, 'due', 1);
  const side = await queue.put(of('a0'), { lane: 'side' });
  await queue.putAll(
    ['a1', 'a2', 'b1'].map((name) => of(name)),
    { beginAfter: 3_600_000 },
  );
  expect(await runAll(played)).toEqual([]);
  for (const job of await queue.jobs({ status: 'pending' })) {
    if (job.id !== side.id) await job.update({ beginAfter: 0 });
  }
  expect(await runAll(played)).toEqual(['a1', 'b1', 'a2']);
  await queue.remove(side);
  expect(await quotaKeys(context, 'due')).toEqual([]);
});

it('Q9 a job that is offered later, since its task is unknown, gives up its turn', async () => {
  const [queue, played] = await keyedQueue(context, 'offered');
  await queue.putAll(['a1', 'a2'].map((name) => of(name)));
  const claim = await played.claimNow();
  await played.store.postpone(claim, { delay: 3_600_000 });
  expect(await runAll(played)).toEqual(['a2']);
});

it('Q9, J6 the keyed jobs of one large commit take turns', async () => {
  const [queue, played] = await keyedQueue(context, 'commit');
  await queue.put(work.job('puts'));
  const names = Array.from({ length: 450 }, (_, i) => `${'abc'[Math.floor(i / 150)]}${i}`);
  const puts = names.map((name) => ({ queue: 'commit', job: newStoredJob(of(name)) }));
  await played.store.complete(await played.claimNow(), '1', played.owner, puts);
  expect(await queue.length()).toBe(450);
  const order = await runAll(played);
  expect([...order].sort()).toEqual([...names].sort());
  // The first 250 jobs have arrived with the commit. The third key was not among them.
  expect(order.slice(0, 2).map((name) => name[0])).toEqual(['a', 'b']);
  expect(order.slice(-120).filter((name) => name.startsWith('c')).length).toBeLessThan(120);
  expect(await quotaKeys(context, 'commit')).toEqual([]);
});

it('Q9 plain and keyed quotas that all keys share have one job of each key in line', async () => {
  const [queue, played] = await keyedQueue(context, 'shared', 5);
  await queue.quotas.create('disk', 1);
  const put = (name: string) =>
    queue.put(work.job(name).with({ quotas: [`team/${name[0]}`, 'disk'] }));
  for (const name of ['a1', 'a2', 'a3', 'a4', 'b1', 'b2']) await put(name);
  const first = (await begin(played)) as ClaimedJob;
  expect(await beginAll(played)).toEqual([]);
  await put('c1');
  await played.complete(first, 1);
  expect([nameOf(first), ...(await runAll(played))]).toEqual([
    'a1', 'b1', 'a2', 'c1', 'b2', 'a3', 'a4',
  ]); // prettier-ignore
  expect((await quotaKeys(context, 'shared')).filter((key) => key.includes('team'))).toEqual([]);
});
