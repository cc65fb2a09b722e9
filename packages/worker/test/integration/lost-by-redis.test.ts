// A Redis that lost data which dispatchers and producers need: emptied, restored from an older
// file, or failed over.
import { parallel } from '@drover/composite';
import { defineTask, local, Queue, UnknownQuotaError } from '@drover/core';
import { DispatcherStore, LaneKeys, RedisLane } from '../../../../test/kit/store.js';
import { Redis } from 'ioredis';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { newUuid, testContext } from '../../../../test/kit/context.js';
import { hasStarted } from '../../../../test/kit/dispatchers.js';
import { gate } from '../../../../test/kit/gate.js';
import { startRedis } from '../../../../test/kit/redis-server.js';
import { eventually } from '../../../../test/kit/wait.js';
import { dispatchersIn, next } from './dispatchers.js';
import { HOUR, playedProcess } from './recovery-deps.js';

const context = testContext('lost-by-redis');
const { redis, prefix } = context;
const { start } = dispatchersIn(context);
const value = defineTask('lost-by-redis.value', (n: number) => n);
const agents = (queue: string) => ({ [queue]: { main: { size: 2, lanes: ['main', 'gpu'] } } });
const lanesKey = (queue: string): string => `${prefix}:${queue}:lanes`;

it('Q6, I1 lanes of a dead dispatcher are cleaned up without the set of lanes', async () => {
  const queue = context.queue('dead');
  const job = await queue.put(value.job(1), { lane: 'gpu' });
  const uuid = newUuid();
  const records = new DispatcherStore(redis, prefix);
  await records.activate(uuid, playedProcess, HOUR, ['dead'], undefined, { lanes: ['dead/gpu'] });
  const store = new RedisLane(redis, new LaneKeys(prefix, 'dead', 'gpu'), uuid);
  expect((await store.claim(`${uuid}:1:1`)).job?.id).toBe(job.id);
  await redis.del(lanesKey('dead'));
  await redis.zadd(records.keys.deadlines, 1, uuid);
  await start('dead', { pingInterval: 20, deathInterval: 200 });
  // This dispatcher decides; another one that serves the lane would run the job.
  await eventually(async () => (await queue.get(job.id))?.interruptions === 1);
  expect((await queue.jobs()).map(({ id }) => id)).toContain(job.id);
});

it('Q6 a dispatcher stores its lanes again when the set of lanes is lost', async () => {
  const queue = context.queue('own');
  const opened = gate();
  const waits = defineTask('lost-by-redis.waits', () => opened.opened.then(() => local.fence));
  const dispatcher = await start('own', {
    queues: agents('own'),
    deathInterval: 300,
    pingInterval: 50,
  });
  expect(await redis.smembers(lanesKey('own'))).toEqual(['gpu']);
  const job = waits.job();
  const begun = hasStarted(dispatcher, job);
  await queue.put(job, { lane: 'gpu' });
  await begun;
  await redis.del(lanesKey('own'));
  await eventually(async () => (await redis.smembers(lanesKey('own'))).length === 1);
  expect((await queue.jobs({ status: 'active' })).map(({ id }) => id)).toEqual([job.id]);
  opened.open();
  expect(await job.wait()).toBe(1);
});

it('Q6 parts and puts of tasks store their lanes each time', async () => {
  const queue = context.queue('made');
  const puts = defineTask('lost-by-redis.puts', async () => {
    await local.getQueue().put(value.job(1), { lane: 'put' });
  });
  await start('made');
  for (let i = 0; i < 2; i++) {
    await queue.put(parallel([value.job(1).with({ lane: 'part' })]));
    await (await queue.put(puts.job())).wait();
    await eventually(async () => (await redis.scard(lanesKey('made'))) === 2);
    expect((await redis.smembers(lanesKey('made'))).sort()).toEqual(['part', 'put']);
    await redis.del(lanesKey('made'));
  }
});

it('B3, D5 after FLUSHALL a dispatcher is active again under a higher epoch', async () => {
  const server = await startRedis();
  const admin = new Redis(server.url);
  const queue = new Queue('work', { connection: server.url, prefix: '{d}' });
  cleanUpLater(async () => {
    await queue.close();
    admin.disconnect();
  });
  const alone = dispatchersIn({ redisUrl: server.url, prefix: '{d}' } as never);
  const dispatcher = await alone.start('work', {
    queues: agents('work'),
    pingInterval: 50,
    deathInterval: 2_000,
  });
  await queue.quotas.create('disk', 1);
  expect(await (await queue.put(value.job(1), { lane: 'gpu', quotas: ['disk'] })).wait()).toBe(1);
  const again = next(dispatcher, 'reactivated');
  await admin.flushall();
  // A token of the first activation must not come again: a run that still lasts would pass for a
  // later one.
  expect((await again).epoch).toBe(2);
  await expect(queue.put(value.job(2), { lane: 'gpu', quotas: ['disk'] })).rejects.toThrow(
    UnknownQuotaError,
  );
  await queue.quotas.create('disk', 1);
  const job = await queue.put(value.job(2), { lane: 'gpu', quotas: ['disk'] });
  expect(await job.wait()).toBe(2);
  expect(await admin.smembers('{d}:work:lanes')).toEqual(['gpu']);
  // The same holds for a record that an older file restored.
  const restored = next(dispatcher, 'reactivated');
  await admin.hset(`{d}:dispatcher:${dispatcher.uuid}`, 'epoch', 1);
  expect((await restored).epoch).toBe(3);
});

it('I1 a claim of an activation that a restored Redis does not know is interrupted', async () => {
  const name = 'later-epoch';
  const queue = context.queue(name);
  const [own, others] = await queue.putAll([value.job(1), value.job(2)]);
  const [uuid, other] = [newUuid(), newUuid()];
  // The other dispatcher is active too, under an epoch lower than that of its claim.
  await new DispatcherStore(redis, prefix).activate(other, playedProcess, HOUR, [name], undefined);
  for (const [i, token] of [`${uuid}:9:1`, `${other}:7:1`].entries()) {
    const store = new RedisLane(redis, new LaneKeys(prefix, name, 'main'), i === 0 ? uuid : other);
    expect((await store.claim(token)).job?.id).toBe([own, others][i]?.id);
  }
  await start(name, { uuid, pingInterval: 100, deathInterval: 500 });
  expect(await Promise.all([own?.wait(), others?.wait()])).toEqual([1, 2]);
  for (const job of [own, others]) expect((await job?.refresh())?.interruptions).toBe(1);
});
