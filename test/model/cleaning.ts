// A dispatcher is found dead, rightly or wrongly, and another one cleans up after it; that one may
// die on the way.
import { DIED, dyingBefore } from '../kit/dying-client.js';
import { DispatcherKeys, RedisRecovery } from '../kit/store.js';
import { interruptAll, type Leftovers } from '../../packages/worker/src/recovery/interrupt-all.js';
import { isOf } from './model.js';
import { NEVER, type Player, type System } from './system.js';

/**
 * One finds the other dead, rightly or wrongly, and cleans up after it; or dies on the way, and
 * somebody begins again.
 */
export async function declareDead(
  system: System,
  cleaner: Player,
  dies: 'not' | 'at the start' | 'after one' | 'before the end' | 'at the end',
): Promise<void> {
  const dead = system.players.find((player) => player !== cleaner);
  const status = dead && system.model.dispatchers.get(dead.uuid)?.status;
  if (!cleaner.activation || !dead || status === undefined || status === 'deactivated') return;
  await system.context.redis.zadd(
    new DispatcherKeys(system.context.prefix).deadlines,
    1,
    dead.uuid,
  );
  const found = await system.records.beginCleaning(dead.uuid, 'overdue', cleaner.uuid, NEVER);
  if (!found) throw new Error('nothing is to be cleaned');
  const record = system.model.dispatchers.get(dead.uuid);
  expect(found).toMatchObject({ epoch: record?.epoch, newlyDead: status === 'active' });
  if (record) record.status = 'cleaning';
  if (dies === 'at the start') return system.crash(cleaner);
  const leftovers = { uuid: dead.uuid, maxEpoch: found.epoch, queues: found.queues };
  if (dies === 'after one') {
    await interruptOne(system, leftovers);
    return system.crash(cleaner);
  }
  await interruptAll(system.place, leftovers);
  system.model.interruptAll(dead.uuid, found.epoch);
  if (dies === 'before the end') return system.crash(cleaner);
  if (record) record.status = 'deactivated';
  expect(await system.records.endCleaning(dead.uuid, found.epoch)).toBe(true);
  if (dies === 'at the end') system.crash(cleaner);
}

/** A cleaner dies when it has interrupted one job: whichever that is, it was the dead one's. */
async function interruptOne(system: System, leftovers: Leftovers): Promise<void> {
  const seen: string[] = [];
  const { redis, prefix } = system.context;
  const client = await dyingBefore(redis, ['interruptActive', 'interruptWaiting'], 2);
  const place = {
    ...system.place,
    store: new RedisRecovery(client, prefix, leftovers.uuid),
    onInterrupted: ({ jobId }: { jobId: string }) => void seen.push(jobId),
  };
  await interruptAll(place, leftovers).catch((error: unknown) => expect(error).toBe(DIED));
  // Redis answers its earlier requests before this one.
  await redis.ping();
  await new Promise(setImmediate);
  for (const id of seen) {
    const job = system.model.job(id);
    expect(isOf(job.holder, leftovers.uuid, leftovers.maxEpoch)).toBe(true);
    system.model.interrupt(job);
  }
}
