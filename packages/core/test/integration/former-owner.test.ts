// The sets of owned jobs: a job is in one set only, also when its former owner has ended while
// another dispatcher had it claimed.
import { defineTask } from '@drover/core';
import { type ClaimedJob } from '@drover/core/internal';
import { DispatcherKeys, newStoredJob, RedisRecovery } from '../../../../test/kit/store.js';
import { newUuid, testContext } from '../../../../test/kit/context.js';
import { playDispatcher } from './play-dispatcher.js';

const context = testContext('former-owner');
const recovery = new RedisRecovery(context.redis, context.prefix, newUuid());
const work = defineTask('former-owner.work', (value: unknown) => value);

/** A claimed job that is still in the set of the dispatcher that owned it while it waited. */
async function ownedBefore(name: string) {
  const job = work.job(1);
  await job.addCallback(work.job());
  await context.queue(name).put(job);
  const { store, claimNow, complete } = playDispatcher(context, name);
  const jobKey = store.keys.job(job.id);
  const [former, next] = [newUuid(), newUuid()];
  let claimed = await claimNow();
  const jobs = [newStoredJob(work.job())];
  await store.schedule(claimed, { jobs, inOrder: false, then: undefined }, Date.now());
  await store.suspend(claimed, { uuid: former, epoch: 1 });
  const owned = (uuid: string) =>
    context.redis.zcard(new DispatcherKeys(context.prefix).owned(uuid));
  expect(await owned(former)).toBe(1);
  const wake = async (): Promise<void> => {
    await complete(await claimNow(), 1);
    claimed = await claimNow();
    expect(claimed.id).toBe(job.id);
  };
  await wake();
  return {
    store,
    claimed,
    former,
    next,
    /** The job waits again, for another job. */
    wait: async (uuid: string, epoch = 1) => {
      await context.redis.sadd(`${jobKey}:dependencies`, 'another');
      await store.suspend(claimed, { uuid, epoch });
    },
    /** Interrupts the job as the cleanup of an ended activation does. */
    interrupt: (uuid: string) =>
      recovery.interruptWaiting({ queue: name, lane: 'main', id: job.id }, { uuid, maxEpoch: 1 }),
    counts: async () => [await owned(former), await owned(next)],
  };
}

it('I2, J9 a job that waits again leaves the set of its former owner', async () => {
  const { wait, next, counts } = await ownedBefore('waits');
  await wait(next);
  expect(await counts()).toEqual([0, 1]);
});

it('I2, J9 a job that waits again stays in the set of the same owner', async () => {
  const { wait, former, counts } = await ownedBefore('waits-there');
  await wait(former, 2);
  expect(await counts()).toEqual([1, 0]);
});

it('I2, J9 a job in callbacks leaves the set of its former owner', async () => {
  const { store, claimed, next, counts } = await ownedBefore('callbacks');
  await store.complete(claimed, '1', { uuid: next, epoch: 1 });
  expect(await counts()).toEqual([0, 1]);
});

it('I2, J9 the cleanup of a former owner removes a claimed job from its set', async () => {
  const { former, interrupt, counts } = await ownedBefore('cleaned');
  expect(await interrupt(former)).toBeUndefined();
  expect(await counts()).toEqual([0, 0]);
});

it('I2 the cleanup of an activation leaves jobs of a later one of it owned', async () => {
  const { wait, next, interrupt, counts } = await ownedBefore('later');
  await wait(next, 2);
  expect(await interrupt(next)).toBeUndefined();
  expect(await counts()).toEqual([0, 1]);
});

it('I2, J9 an interrupt of its claim removes a job from the set of its former owner', async () => {
  const { store, claimed, counts } = await ownedBefore('seized');
  expect(await recovery.interrupt({ ...claimed, queue: store.keys.queue })).toBeDefined();
  expect(await counts()).toEqual([0, 0]);
});

it("I2, J9 a waiting job that its parent abandons leaves its owner's set", async () => {
  await context.queue('nested').put(work.job(1));
  const { uuid, owner, store, claimNow } = playDispatcher(context, 'nested');
  const waitFor = async (claim: ClaimedJob): Promise<void> => {
    const jobs = [newStoredJob(work.job())];
    await store.schedule(claim, { jobs, inOrder: false, then: undefined }, Date.now());
    await store.suspend(claim, owner);
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
  await store.abandonChildren({ id: outer.id, token: `${uuid}:1` }, 'reset');
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
    await owner.store.suspend(outer, owner.owner);
    const { claimNow, complete, fail } = playDispatcher(context, name);
    await complete(await claimNow(), 1);
    const again = await claimNow();
    expect(again.id).toBe(outer.id);
    const owned = new DispatcherKeys(context.prefix).owned(owner.uuid);
    expect(await context.redis.zcard(owned)).toBe(1);
    if (end === 'completed') await complete(again, 1);
    else await fail(again, new Error('no'));
    expect(await context.redis.zcard(owned)).toBe(0);
  },
);
