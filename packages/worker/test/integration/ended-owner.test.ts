// An activation that was found dead comes late to own a waiting job: another one takes the job over
// (I2, I6).
import { defineTask } from '@drover/core';
import { MAIN_LANE, SYSTEM_LANE, type ClaimedJob } from '@drover/core/internal';
import {
  DispatcherKeys,
  DispatcherStore,
  newStoredJob,
  type RedisLane,
} from '../../../../test/kit/store.js';
import { pino } from 'pino';
import { newUuid, testContext } from '../../../../test/kit/context.js';
import { dispatchersIn } from '../../../../test/kit/dispatchers.js';
import { eventually } from '../../../../test/kit/wait.js';
import { Activation, newRun } from '../../src/activation/activation.js';
import { commit } from '../../src/run/commit.js';
import { handleInterrupt } from '../../src/system-tasks/handle-interrupt.js';
import { interruptAll } from '../../src/recovery/interrupt-all.js';
import { HOUR, laneStores, playedProcess, recoveryDeps } from './recovery-deps.js';

const context = testContext('ended-owner');
const { redis: client, prefix } = context;
const dispatchers = dispatchersIn(context);
const records = new DispatcherStore(client, prefix);
const part = defineTask('ended-owner.part', () => {});
const waits = defineTask('ended-owner.waits', () => {});
const logger = pino({ level: 'silent' });

const recovery = recoveryDeps(client, prefix, newUuid());
const laneStore = laneStores(client, prefix, newUuid());

async function claimed(store: RedisLane, activation: Activation): Promise<ClaimedJob> {
  const { job } = await store.claim(activation.newToken());
  if (!job) throw new Error('nothing is to be claimed');
  return job;
}

/**
 * The ways in which a late activation comes to own `job`. A way's second part runs after the
 * cleanup of that activation.
 */
const ways = {
  /** The activation runs the job's handleInterrupt. */
  'as its interrupt decides': async (queue: string, zombie: Activation) => {
    const other = new Activation(newUuid(), 1);
    await suspend(queue, other);
    await interruptAll(recovery, { uuid: other.uuid, maxEpoch: 1, queues: [queue] });
    const interrupt = await claimed(laneStore(queue, SYSTEM_LANE), zombie);
    return async () => {
      const told = { onFailed: () => {}, onDecided: () => {} };
      const deps = { activation: zombie, laneStore, logger, ...told };
      expect(await handleInterrupt(interrupt, deps)).toBe('goes on waiting');
    };
  },
  /** The activation's claim comes late, too. */
  'as it suspends the job': (queue: string, zombie: Activation) =>
    Promise.resolve(async () => await suspend(queue, zombie)),
  'as it stores a result that has callbacks': (queue: string, zombie: Activation) =>
    Promise.resolve(async () => {
      const deps = {
        store: laneStore(queue, MAIN_LANE),
        activation: zombie,
        onError: () => {},
      };
      const run = newRun(await claimed(deps.store, zombie), queue, 'main', () => {});
      expect((await commit(run, { kind: 'done', value: '1' }, deps)).kind).toBe('stored');
      expect((await context.queue(queue).get(run.claim.id))?.status).toBe('callbacks');
    }),
};

async function suspend(queue: string, activation: Activation): Promise<void> {
  const store = laneStore(queue, MAIN_LANE);
  const deps = { store, activation, onError: () => {} };
  const schedule = { jobs: [newStoredJob(part.job())], inOrder: false, then: undefined };
  const run = newRun(await claimed(store, activation), queue, 'main', () => {});
  expect((await commit(run, { kind: 'waitsFor', schedule }, deps)).kind).toBe('stored');
}

/** A job, an activation that is found dead and cleaned up, and its late step. */
async function zombieOf(queue: string, way: keyof typeof ways) {
  const job = waits.job();
  if (way === 'as it stores a result that has callbacks') await job.addCallback(part.job());
  await context.queue(queue).put(job);
  const uuid = newUuid();
  await records.activate(uuid, playedProcess, HOUR, [queue], undefined);
  const comesToOwn = await ways[way](queue, new Activation(uuid, 1));
  await client.zadd(records.keys.deadlines, 1, uuid);
  const cleaning = await records.beginCleaning(uuid, 'overdue', newUuid(), HOUR);
  expect(cleaning?.newlyDead).toBe(true);
  const pass = () => interruptAll(recovery, { uuid, maxEpoch: 1, queues: [queue] });
  await pass();
  return { job, uuid, comesToOwn, pass };
}

const owned = async (uuid: string): Promise<number> =>
  await client.zcard(new DispatcherKeys(prefix).owned(uuid));

describe.each(Object.keys(ways) as (keyof typeof ways)[])('%s', (way) => {
  const nameOf = (what: string): string => `${what}-${Object.keys(ways).indexOf(way)}`;

  const isCleanedUpOnceMore = async (what: 'ended' | 'lost'): Promise<void> => {
    const { job, uuid, comesToOwn } = await zombieOf(nameOf(what), way);
    expect(await records.endCleaning(uuid, 1)).toBe(true);
    if (what === 'lost') await client.del(new DispatcherKeys(prefix).record(uuid));
    await comesToOwn();
    const before = (await job.refresh()).interruptions;
    // This dispatcher serves another queue, so that no job runs here meanwhile.
    const cleaner = await dispatchers.start('elsewhere', { pingInterval: 20, deathInterval: 400 });
    await eventually(async () => (await records.read(uuid))?.status === 'deactivated');
    expect({
      owned: await owned(uuid),
      more: (await job.refresh()).interruptions - before,
    }).toEqual({
      owned: 0,
      more: 1,
    });
    const next = await dispatchers.start(nameOf(what));
    await job.wait();
    // The next test cleans up by itself.
    await Promise.all([cleaner.deactivate(), next.deactivate()]);
  };

  it('I2, I6 after the end of its cleanup it is cleaned up once more', () =>
    isCleanedUpOnceMore('ended'));

  it('I2, I6 where a restored Redis does not know it, it is cleaned up once more', () =>
    isCleanedUpOnceMore('lost'));

  it('I2, I6 during its cleanup another pass is made', async () => {
    const { job, uuid, comesToOwn, pass } = await zombieOf(nameOf('going-on'), way);
    await comesToOwn();
    const before = (await job.refresh()).interruptions;
    expect(await records.endCleaning(uuid, 1)).toBe(false);
    await pass();
    expect(await records.endCleaning(uuid, 1)).toBe(true);
    expect({
      owned: await owned(uuid),
      more: (await job.refresh()).interruptions - before,
    }).toEqual({
      owned: 0,
      more: 1,
    });
  });

  it('I2, I6 when its dispatcher is active again, the later activation owns the job', async () => {
    const { uuid, comesToOwn, pass } = await zombieOf(nameOf('again'), way);
    expect(await records.endCleaning(uuid, 1)).toBe(true);
    await records.activate(uuid, playedProcess, HOUR, [nameOf('again')], undefined);
    await comesToOwn();
    await pass();
    expect(await owned(uuid)).toBe(1);
  });
});
