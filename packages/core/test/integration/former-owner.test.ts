// The sets of owned jobs: a job is in one set only, also when its former owner has ended while
// another dispatcher had it claimed.
import { defineTask } from '@drover/core';
import {
  DispatcherKeys,
  interruptWaiting,
  newStoredJob,
  ownWaiting,
  interruptActive,
  type ClaimedJob,
} from '@drover/core/internal';
import { newUuid, testContext } from '../../../../test/kit/context.js';
import { playDispatcher } from './play-dispatcher.js';

const context = testContext('former-owner');
const work = defineTask('former-owner.work', (value: unknown) => value);

async function ownedBefore(name: string) {
  const job = work.job(1);
  await job.addCallback(work.job());
  await context.queue(name).put(job);
  const { store } = playDispatcher(context, name);
  const claimed = (await store.claim(`${newUuid()}:1:1`)).job;
  if (!claimed) throw new Error('there is no job to claim');
  const [former, next] = [newUuid(), newUuid()];
  const own = (uuid: string, epoch = 1) =>
    ownWaiting(
      context.redis,
      store.keys,
      job.id,
      { token: claimed.token },
      { uuid, epoch },
      Date.now(),
    );
  const owned = (uuid: string) =>
    context.redis.zcard(new DispatcherKeys(context.prefix).owned(uuid));
  await own(former);
  expect(await owned(former)).toBe(1);
  /** Interrupts the job as the cleanup of an ended activation does. */
  const interrupt = (uuid: string) =>
    interruptWaiting(
      context.redis,
      context.prefix,
      { uuid, maxEpoch: 1 },
      { queue: name, lane: 'main', jobId: job.id },
      Date.now(),
    );
  return {
    store,
    claimed,
    former,
    next,
    own,
    interrupt,
    counts: async () => [await owned(former), await owned(next)],
  };
}

it('I2, J9 a job that waits again leaves the set of its former owner', async () => {
  const { own, next, counts } = await ownedBefore('waits');
  await own(next);
  await own(next);
  expect(await counts()).toEqual([0, 1]);
});

it('I2, J9 a job in callbacks leaves the set of its former owner', async () => {
  const { store, claimed, next, counts } = await ownedBefore('callbacks');
  expect(await store.beginCallbacks(claimed, { value: '1' }, { uuid: next, epoch: 1 })).toBe(true);
  expect(await counts()).toEqual([0, 1]);
});

it('I2, J9 the cleanup of a former owner removes a claimed job from its set', async () => {
  const { former, interrupt, counts } = await ownedBefore('cleaned');
  expect(await interrupt(former)).toBeUndefined();
  expect(await counts()).toEqual([0, 0]);
});

it('I2 the cleanup of an activation leaves jobs of a later one of it owned', async () => {
  const { own, next, interrupt, counts } = await ownedBefore('later');
  await own(next, 2);
  expect(await interrupt(next)).toBeUndefined();
  expect(await counts()).toEqual([0, 1]);
});

it('I2, J9 an interrupt of its claim removes a job from the set of its former owner', async () => {
  const { store, claimed, counts } = await ownedBefore('seized');
  const { id: jobId, token, task } = claimed;
  expect(
    await interruptActive(
      context.redis,
      store.keys,
      { jobId, token, task, claimedAt: 0 },
      Date.now(),
    ),
  ).toBeDefined();
  expect(await counts()).toEqual([0, 0]);
});

it("I2, J9 a waiting job that its parent abandons leaves its owner's set", async () => {
  await context.queue('nested').put(work.job(1));
  const { uuid, store, claimNow } = playDispatcher(context, 'nested');
  const waitFor = async (claim: ClaimedJob): Promise<void> => {
    const jobs = [newStoredJob(work.job())];
    await store.schedule(claim, { jobs, inOrder: false, then: undefined }, Date.now());
    await ownWaiting(
      context.redis,
      store.keys,
      claim.id,
      { token: claim.token },
      { uuid, epoch: 1 },
      Date.now(),
    );
    await store.suspend(claim);
  };
  const outer = await claimNow();
  await waitFor(outer);
  const nested = await claimNow();
  await waitFor(nested);
  const owned = async () =>
    (await context.redis.zrange(new DispatcherKeys(context.prefix).owned(uuid), 0, '-1')).map(
      (member) => (JSON.parse(member) as { jobId: string }).jobId,
    );
  expect(await owned()).toEqual([outer.id, nested.id]);
  await store.abandonChildren(outer.id, `${uuid}:1`);
  expect(await owned()).toEqual([outer.id]);
});

it.each(['completed', 'failed'] as const)(
  "I2, J9 a job that another dispatcher finishes as %s leaves its owner's set in that step",
  async (end) => {
    const name = `finished-${end}`;
    await context.queue(name).put(work.job(1));
    const owner = playDispatcher(context, name);
    const outer = await owner.claimNow();
    const jobs = [newStoredJob(work.job())];
    await owner.store.schedule(outer, { jobs, inOrder: false, then: undefined }, Date.now());
    const { id, token } = outer;
    await ownWaiting(
      context.redis,
      owner.store.keys,
      id,
      { token },
      { uuid: owner.uuid, epoch: 1 },
      Date.now(),
    );
    await owner.store.suspend(outer);
    const { claimNow, complete, fail } = playDispatcher(context, name);
    await complete(await claimNow(), 1);
    const again = await claimNow();
    expect(again.id).toBe(id);
    const owned = new DispatcherKeys(context.prefix).owned(owner.uuid);
    expect(await context.redis.zcard(owned)).toBe(1);
    if (end === 'completed') await complete(again, 1);
    else await fail(again, new Error('no'));
    expect(await context.redis.zcard(owned)).toBe(0);
  },
);
