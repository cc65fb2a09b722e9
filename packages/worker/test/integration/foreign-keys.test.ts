// Foreign or damaged data in each key that Drover reads: dispatchers go on with everything else,
// and with that key once it is mended (B1).
import { defineTask, local } from '@drover/core';
import {
  DispatcherKeys,
  DispatcherStore,
  LaneKeys,
  RedisLane,
} from '../../../../test/kit/store.js';
import { newUuid, testContext } from '../../../../test/kit/context.js';
import { hasStarted } from '../../../../test/kit/dispatchers.js';
import { eventually } from '../../../../test/kit/wait.js';
import { dispatchersIn, next, readableLogger } from './dispatchers.js';
import { aborted } from '../../../../test/kit/gate.js';

const context = testContext('foreign-keys');
const { redis, prefix } = context;
const dispatchers = dispatchersIn(context);
const records = new DispatcherKeys(prefix);
const echo = defineTask('foreignKeys.echo', (value: unknown) => value);
const heeds = defineTask('foreignKeys.heeds', async () =>
  local.fence === 1 ? await aborted(local.signal) : 'ran again',
);
/** Deaths are found soon. */
const soon = { pingInterval: 50, deathInterval: 300 };

/** A lane cannot work without these: it stands still, with an error, until they are mended. */
const NEEDED = ['wait', 'active', 'delayed', 'completed', 'marker', 'meta', 'id'];
/** Jobs of the queue run without these. */
const DISPENSABLE = [
  ...[
    'failed',
    'waiting-children',
    'dead-letters',
    'unknown',
    'begin-by',
    'retention',
    'lanes',
    'quotas',
  ],
  ...['quotas:arrivals', 'quota:one:holders', 'parked'],
];
/** Keys of the system lane. */
const OF_RECOVERY = ['/system:wait', '/system:active', '/system:marker'];

it('B1 a key of the wrong type stops no other queue, and its own until it is mended', async () => {
  const damaged = [...NEEDED, ...DISPENSABLE, ...OF_RECOVERY].map((key) => {
    const name = `of-${key.replaceAll(/[:/]/g, '-')}`;
    return { key, name, full: `${prefix}:${name}${key.startsWith('/') ? '' : ':'}${key}` };
  });
  // The damaged queues come first, so that a loop over queues meets them first.
  const names = [...damaged.map(({ name }) => name), 'sound'];
  const queues = Object.fromEntries(names.map((name) => [name, { main: { size: 1 } }]));
  const uuid = newUuid();
  const first = dispatchers.make('sound', { queues, uuid });
  const job = heeds.job();
  const started = hasStarted(first, job);
  await context.queue('sound').put(job);
  await first.activate();
  await started;
  for (const { full } of damaged) await redis.del(full);
  // A value of the wrong type for the key.
  for (const { full, key } of damaged) {
    if (/retention|arrivals|checked|:id$/.test(`:${key}`))
      await redis.hset(full, 'foreign', 'foreign');
    else await redis.set(full, 'foreign');
  }
  await first.deactivate();

  const second = dispatchers.make('sound', { queues, uuid, ...soon });
  await second.activate();
  expect(await job.wait()).toBe('ran again');
  for (const { name } of damaged.filter(
    ({ key }) => DISPENSABLE.includes(key) || OF_RECOVERY.includes(key),
  )) {
    expect(await (await context.queue(name).put(echo.job(name))).wait()).toBe(name);
  }
  await redis.del(...damaged.map(({ full }) => full));
  for (const { name } of damaged) {
    expect(await (await context.queue(name).put(echo.job(name))).wait()).toBe(name);
  }
  await second.deactivate();
});

it("B1 foreign members in a queue's keys stop neither jobs nor recovery", async () => {
  const queue = context.queue('members');
  await queue.quotas.create('one', 1);
  const first = await dispatchers.start('members');
  const job = await queue.put(heeds.job());
  await eventually(
    async () => (await job.refresh()).status === 'active' && first.activeJobs().length === 1,
  );
  const base = `${prefix}:members`;
  await redis.set(`${base}:text`, 'foreign');
  for (const list of ['wait', 'active', '/system:wait', '/system:active'])
    await redis.rpush(list.startsWith('/') ? base + list : `${base}:${list}`, 'foreign');
  for (const set of ['delayed', 'waiting-children', 'completed', 'failed', 'parked'])
    await redis.zadd(`${base}:${set}`, 1, 'foreign', 1, 'text');
  await redis.zadd(
    `${base}:begin-by`,
    1,
    'foreign',
    2,
    '/',
    3,
    'main/text',
    4,
    'main/',
    5,
    'elsewhere/x',
  );
  await redis.hset(`${base}:quotas`, 'odd', 'many');
  await redis.hset(`${base}:quota:one:holders`, 'foreign', 'foreign', 'members:text', '');
  for (const what of ['queued', 'woken'])
    await redis.zadd(`${base}:quota:one:${what}:members`, 1, 'foreign');
  for (const key of ['dead-letters', 'unknown'])
    await redis.hset(`${base}:${key}`, 'foreign', '[', 'text', '{"needs":1}');
  await redis.sadd(`${base}:lanes`, '', 'a:b', '{}\n');
  await redis.zadd(records.deadlines, 1, 'foreign', 2, '');
  await redis.zadd(records.owned(first.uuid), 1, 'foreign', 2, '{}', 3, '[]');
  await first.deactivate();

  await dispatchers.start('members', { uuid: first.uuid, ...soon });
  expect(await job.wait()).toBe('ran again');
  const limited = await queue.putAll([echo.job(1), echo.job(2)], { quotas: ['one'] });
  expect(await Promise.all(limited.map((one) => one.wait()))).toEqual([1, 2]);
  const late = await queue.put(echo.job('late'), { beginAfter: 50, beginBy: 1, lane: 'nobody' });
  await expect(late.wait()).rejects.toMatchObject({ code: 'DROVER_TIMEOUT' });
  expect((await queue.quotas.get('odd'))?.size).toBe(0);
  await eventually(async () => (await redis.zcount(records.deadlines, 0, 2)) === 0);
});

it('B1, O1 foreign messages on the channels are ignored, and a cancel is heard', async () => {
  const queue = context.queue('channels');
  const dispatcher = await dispatchers.start('channels');
  const job = heeds.job();
  const started = hasStarted(dispatcher, job);
  await queue.put(job);
  await started;
  const said = readableLogger();
  const waiting = dispatchers.make('channels', { uuid: dispatcher.uuid, logger: said.logger });
  const activated = waiting.activate();
  await eventually(async () => (await redis.pubsub('NUMSUB', records.channel))[1] === 1);
  await eventually(
    async () => (await redis.pubsub('NUMSUB', records.cancelled(dispatcher.uuid)))[1] === 1,
  );
  for (const channel of [records.cancelled(dispatcher.uuid), records.channel]) {
    for (const message of [
      '',
      'foreign',
      'null',
      '5',
      '[]',
      '{}',
      '{"uuid":{}}',
      '{"jobId":1,"token":2,"failure":3}',
    ])
      await redis.publish(channel, message);
    await redis.publish(channel, `{"jobId":"${job.id}","token":"x","failure":"["}`);
  }
  await job.cancel('not wanted');
  await expect(job.wait()).rejects.toThrow('not wanted');
  expect(waiting.status).not.toBe('active');
  await dispatcher.deactivate();
  await activated;
  expect(waiting.status).toBe('active');
});

/** A job that a dead dispatcher on another host has started. */
async function claimedByDead(name: string, uuid: string) {
  const elsewhere = {
    host: 'elsewhere',
    hostIdentity: 'elsewhere',
    pid: 1,
    processIdentity: '1',
    thread: 0,
    threadIdentity: '',
    moduleIdentity: '',
  };
  await new DispatcherStore(redis, prefix).activate(uuid, elsewhere, 0, [name], undefined);
  const job = await context.queue(name).put(heeds.job());
  const claim = await new RedisLane(redis, new LaneKeys(prefix, name, 'main'), uuid).claim(
    `${uuid}:1:1`,
  );
  expect(claim.job?.id).toBe(job.id);
  return job;
}

describe.each(['status', 'epoch', 'deathInterval', 'lastPing', 'queues', 'pid'])(
  'a damaged %s',
  (field) => {
    const damage = (uuid: string) => redis.hset(records.record(uuid), field, '[');

    it('B1, D5 in the record of a living dispatcher, it goes on or is reactivated', async () => {
      const name = `lives-${field}`;
      const dispatcher = await dispatchers.start(name, soon);
      const isRewritten = ['status', 'epoch', 'deathInterval'].includes(field);
      const reactivated = isRewritten ? next(dispatcher, 'reactivated') : undefined;
      await damage(dispatcher.uuid);
      await reactivated;
      expect(await (await context.queue(name).put(echo.job('runs'))).wait()).toBe('runs');
      await dispatcher.deactivate();
      expect(await redis.hget(records.record(dispatcher.uuid), 'status')).toBe('deactivated');
    });

    it.each(['by a sibling', 'by its next start'])(
      'B1, I1 in the record of a dead dispatcher, its jobs are interrupted %s',
      async (how) => {
        const name = `died-${field}-${how.replaceAll(' ', '-')}`;
        const uuid = newUuid();
        const job = await claimedByDead(name, uuid);
        await damage(uuid);
        await dispatchers.start(name, { ...soon, ...(how === 'by its next start' && { uuid }) });
        expect(await job.wait()).toBe('ran again');
        expect(job.interruptions).toBe(1);
      },
    );
  },
);
