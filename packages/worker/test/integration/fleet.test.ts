// Dispatchers as any process sees them: their records, and how long these stay (D10).
import { hostname } from 'node:os';
import { BadStatusError, defineTask, Dispatchers, InvalidArgumentError } from '@drover/core';
import { DispatcherKeys, DispatcherStore } from '../../../../test/kit/store.js';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { newUuid, testContext } from '../../../../test/kit/context.js';
import { gate } from '../../../../test/kit/gate.js';
import { eventually } from '../../../../test/kit/wait.js';
import { processIdentity } from '../../src/dispatcher/identity.js';
import { dispatchersIn } from './dispatchers.js';

const context = testContext('fleet');
const dispatchers = dispatchersIn(context);
const { prefix, redis } = context;
const fleet = new Dispatchers({ connection: context.redisUrl, prefix });
cleanUpLater(() => fleet.close());
const records = new DispatcherStore(redis, prefix);
const keys = new DispatcherKeys(prefix);

const open = gate();
const waits = defineTask('fleet.waits', async () => await open.opened);

it('D10 the record says who a dispatcher is, what it serves, and what runs there', async () => {
  const uuid = newUuid();
  const queues = { images: { main: { size: 3 }, gpu: { size: 2, lanes: ['gpu', 'tpu'] } } };
  const dispatcher = await dispatchers.start('images', { uuid, queues, pingInterval: 50 });
  await context.queue('images').putAll([waits.job(), waits.job()]);
  await context.queue('images').put(waits.job(), { lane: 'tpu' });
  const info = await eventually(async () => {
    const found = await fleet.get(uuid);
    return found?.agents.map(({ running }) => running).join() === '2,1' && found;
  });
  expect(info).toEqual({
    uuid,
    status: 'active',
    epoch: 1,
    host: hostname(),
    pid: process.pid,
    thread: 0,
    versions: { drover: '0.1.0', node: process.version },
    activatedAt: expect.any(Number) as number,
    lastPing: expect.any(Number) as number,
    uptime: expect.any(Number) as number,
    deathInterval: 10_000,
    agents: [
      { queue: 'images', name: 'main', size: 3, lanes: ['main'], threads: false, running: 2 },
      { queue: 'images', name: 'gpu', size: 2, lanes: ['gpu', 'tpu'], threads: false, running: 1 },
    ],
    tasks: expect.arrayContaining(['fleet.waits']) as string[],
    blockedFor: 0,
    deaths: 0,
  });
  expect(info.lastPing).toBeGreaterThanOrEqual(info.activatedAt);
  expect(info.uptime).toBeGreaterThan(0);
  expect((await fleet.list()).map((one) => one.uuid)).toEqual([uuid]);

  open.open();
  await eventually(async () => (await fleet.get(uuid))?.agents.every((one) => one.running === 0));
  await dispatcher.deactivate();
  const ended = await fleet.get(uuid);
  expect(ended).toMatchObject({ status: 'deactivated', epoch: 1, tasks: info.tasks });
  expect(await fleet.get(uuid)).toEqual(ended);
  expect(await fleet.list()).toEqual([ended]);
});

it('D10 a task that is defined later is in the record soon', async () => {
  const uuid = newUuid();
  await dispatchers.start('later', { uuid, pingInterval: 20, deathInterval: 100 });
  expect((await fleet.get(uuid))?.tasks).not.toContain('fleet.later');
  defineTask('fleet.later', () => 1);
  await eventually(async () => (await fleet.get(uuid))?.tasks.includes('fleet.later'));
});

it('D10 forget refuses a live dispatcher, and one that is being cleaned up after', async () => {
  const uuid = newUuid();
  const dispatcher = await dispatchers.start('forget', { uuid });
  const refused = fleet.forget(uuid);
  await expect(refused).rejects.toThrow(BadStatusError);
  await expect(refused).rejects.toThrow(`dispatcher ${uuid} is active: it can be forgotten when`);
  await dispatcher.deactivate();
  await redis.hset(keys.record(uuid), 'status', 'cleaning');
  await expect(fleet.forget(uuid)).rejects.toThrow('is cleaning');
  await redis.hset(keys.record(uuid), 'status', 'deactivated');
  await fleet.forget(uuid.toUpperCase());
  expect(await fleet.get(uuid)).toBeUndefined();
  expect((await fleet.list()).map((one) => one.uuid)).not.toContain(uuid);
  await fleet.forget(uuid);
  await fleet.forget(newUuid());
});

it('D10, I5 a dispatcher that was forgotten begins above all epochs that there were', async () => {
  const uuid = newUuid();
  const activate = () => records.activate(uuid, processIdentity(), 600_000, ['q'], 'force');
  for (let i = 0; i < 3; i++) await activate();
  const { epoch = 0 } = (await activate()) as { epoch?: number };
  await records.beginCleaning(uuid, epoch, uuid, 1_000);
  await records.endCleaning(uuid, epoch);
  await fleet.forget(uuid);
  expect(await activate()).toMatchObject({ epoch: epoch + 1 });
  expect(await records.ping(uuid, epoch)).toEqual({ deposed: true });
});

it('D10 a record goes with its retention, also where a sibling has ended it', async () => {
  // Dispatchers of the other tests would clean up first.
  const own = testContext('fleet-retention');
  const store = new DispatcherStore(own.redis, own.prefix);
  const { ended } = new DispatcherKeys(own.prefix);
  const list = new Dispatchers({ connection: own.redisUrl, prefix: own.prefix });
  cleanUpLater(() => list.close());
  const [brief, long] = [newUuid(), newUuid()];
  for (const [uuid, retention] of [
    [brief, 0],
    [long, 60_000],
  ] as const) {
    await store.activate(uuid, processIdentity(), 1, ['q'], undefined, { retention });
    await eventually(async () => await store.beginCleaning(uuid, 'overdue', newUuid(), 1_000));
    await store.endCleaning(uuid, 1);
  }
  expect(await list.get(brief)).toBeUndefined();
  expect((await list.list()).map(({ uuid }) => uuid)).toEqual([long]);
  expect(await own.redis.zscore(ended, brief)).not.toBeNull();
  // A reconcile pass removes it.
  await dispatchersIn(own).start('sweeps', { pingInterval: 20, deathInterval: 100 });
  await eventually(async () => (await own.redis.zscore(ended, brief)) === null);
  expect(await own.redis.exists(new DispatcherKeys(own.prefix).record(brief))).toBe(0);
  expect(await list.get(long)).toMatchObject({ status: 'deactivated' });
});

it('D10 a dispatcher that is active again keeps its record', async () => {
  const uuid = newUuid();
  const first = await dispatchers.start('again', { uuid, retention: 0 });
  await first.deactivate();
  await dispatchers.start('again', { uuid, retention: 0 });
  await records.forgetEnded();
  expect(await fleet.get(uuid)).toMatchObject({ status: 'active' });
});

it('D10, B1 a damaged record hides no other one', async () => {
  const [damaged, odd, sound] = [newUuid(), newUuid(), newUuid()];
  for (const uuid of [damaged, odd, sound])
    await records.activate(uuid, processIdentity(), 600_000, ['q'], undefined);
  await redis.del(keys.record(damaged));
  await redis.set(keys.record(damaged), 'foreign');
  await redis.hset(keys.record(odd), { agents: '[{"queue":1}]', running: 'x', lastPing: 'never' });
  const listed = new Map((await fleet.list()).map((info) => [info.uuid, info]));
  expect(listed.get(damaged)).toBeUndefined();
  expect(listed.get(odd)).toMatchObject({ status: 'dead', agents: [] });
  expect(listed.get(sound)).toMatchObject({ status: 'active' });
  await redis.zadd(keys.ended, 0, damaged);
  await records.forgetEnded();
  expect(await redis.zscore(keys.ended, damaged)).toBeNull();
});

it('D10 a list of hundreds of dispatchers asks for no key but theirs', async () => {
  const many = testContext('fleet-many');
  const store = new DispatcherStore(many.redis, many.prefix);
  const uuids = Array.from({ length: 250 }, newUuid).sort();
  for (const uuid of uuids) await store.activate(uuid, processIdentity(), 600_000, ['q'], 'force');
  const all = new Dispatchers({ connection: many.redisUrl, prefix: many.prefix });
  const listed = await all.list();
  expect(listed.map(({ uuid }) => uuid).sort()).toEqual(uuids);
  await all.close();
  await expect(all.list()).rejects.toThrow('the list of dispatchers was closed: make a new one');
});

it('B2 a value that is no UUID, and an unknown option, are named', async () => {
  await expect(fleet.get('main')).rejects.toThrow(InvalidArgumentError);
  await expect(fleet.forget(undefined as never)).rejects.toThrow(/by its UUID, as dispatcher.uuid/);
  expect(() => new Dispatchers({ queue: 'images' } as never)).toThrow('no option "queue"');
});
