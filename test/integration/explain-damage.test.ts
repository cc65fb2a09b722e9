// `queue.explain` of jobs that other programs have changed, or whose records are damaged (O4, O6).
import type { Job } from '@drover/core';
import { parallel } from '@drover/composite';
import { newUuid } from '../kit/context.js';
import {
  because,
  dispatcher,
  encode,
  prefix,
  put,
  queueNamed,
  redis,
  running,
  upload,
} from './explain-scene.js';

const explain = async (queue: string, job: Job) => await queueNamed(queue).explain(job);
/** Of a job in the main lane. */
const keyOf = (queue: string, { id }: { id: string }): string => `${prefix}:${queue}:${id}`;

beforeAll(async () => await dispatcher.activate());

describe('what other programs leave', () => {
  it('O4, O6 a lane that is paused or limited by a BullMQ tool', async () => {
    const job = await put('idle', 'limited', upload.job('limited'));
    const meta = `${prefix}:idle:meta`;
    await redis.hset(meta, 'paused', 1);
    expect(await explain('idle', job)).toMatchObject({ reason: 'paused', since: undefined });
    await redis.hdel(meta, 'paused');
    await redis.hset(meta, 'max', 5);
    await redis.set(`${prefix}:idle:limiter`, 5, 'PX', 60_000);
    expect(await explain('idle', job)).toMatchObject({ reason: 'lane-limited', most: 0 });
    await redis.del(`${prefix}:idle:limiter`);
    await redis.hdel(meta, 'max');
    const held = await running('videos', 'held');
    await redis.hset(`${prefix}:videos:meta`, 'concurrency', 1);
    const next = await put('videos', 'next', upload.job('next'));
    expect(await explain('videos', next)).toMatchObject({ reason: 'lane-limited', most: 1 });
    await redis.hdel(`${prefix}:videos:meta`, 'concurrency');
    await held.cancel();
  });

  it('O4, O6 a job that is in no list, or has lost its lock', async () => {
    const job = await put('idle', 'no-list', upload.job('no-list'));
    await redis.lrem(`${prefix}:idle:wait`, 0, job.id);
    expect(await explain('idle', job)).toMatchObject({ reason: 'in-no-list', lane: 'main' });
    const held = await running('videos', 'unlocked');
    const lock = `${keyOf('videos', held)}:lock`;
    const token = (await redis.get(lock)) as string;
    await redis.del(lock);
    expect(await explain('videos', held)).toMatchObject({ reason: 'no-holder' });
    await redis.set(lock, 'no token');
    expect(await explain('videos', held)).toMatchObject({ reason: 'no-holder' });
    await redis.set(lock, `${held.id}.interrupt.9`);
    const decider = `${held.id}.interrupt.9`;
    expect(await explain('videos', held)).toMatchObject({ reason: 'no-holder', decider });
    await redis.set(lock, token.replace(/:1:/, ':7:'));
    const gone = { reason: 'dispatcher-gone', state: 'ended', others: 1 };
    expect(await explain('videos', held)).toMatchObject(gone);
    await redis.set(lock, token.replace(dispatcher.uuid, newUuid()));
    expect(await explain('videos', held)).toMatchObject({ ...gone, lastPing: 0 });
    await redis.set(lock, token);
    await held.cancel();
  });

  it('O4, Q5, Q8, Q9 a quota, a rate limit or the holder of a key that is gone', async () => {
    const queue = queueNamed('videos');
    await queue.quotas.create('lost', 1);
    const options = { quotas: ['lost'], key: 'lost', whenTaken: 'after' } as const;
    const held = await running('videos', 'holder', options);
    const parked = await put('videos', 'parked', upload.job('parked'), { quotas: ['lost'] });
    const next = await put('videos', 'next-of-key', upload.job('next'), options);
    const full = await because('videos', parked, 'quota-full');
    expect(full).toMatchObject({ quota: 'lost', held: 1, before: 0, holders: [{ id: held.id }] });
    await redis.hdel(`${prefix}:videos:quotas`, 'lost');
    expect(await explain('videos', parked)).toMatchObject({ reason: 'quota-gone' });
    await queue.quotas.create('lost', 1);
    await redis.hdel(`${prefix}:videos:keys`, 'lost');
    await queue.rateLimits.create('lost', { max: 1, duration: 60_000 });
    const first = await running('videos', 'first', { rateLimits: ['lost'] });
    const late = await put('videos', 'late', upload.job('late'), { rateLimits: ['lost'] });
    await because('videos', late, 'rate-limited');
    await redis.hdel(`${prefix}:videos:rate-limits`, 'lost');
    expect(await explain('videos', late)).toMatchObject({
      ...{ reason: 'rate-limit-gone', rateLimit: 'lost' },
    });
    await first.cancel();
    await late.cancel();
    const taken = { reason: 'key-taken', key: 'lost', holder: undefined };
    expect(await explain('videos', next)).toMatchObject(taken);
    await held.cancel();
  });

  it('O4, O6 a composite whose parts are removed', async () => {
    const part = encode.job('removed part');
    const whole = await put('album', 'bereft', parallel([part]));
    await because('album', whole as Job, 'parts-left');
    await redis.del(keyOf('album', part));
    const found = await explain('album', whole as Job);
    expect(found).toMatchObject({ reason: 'dependency-gone', jobs: [{ id: part.id }] });
    await whole.cancel();
  });

  it('O4, B1 an entry of an unroutable job, a foreign record of a dispatcher', async () => {
    const job = await put('idle', 'codec', upload.job('codec'));
    await redis.zadd(`${prefix}:dispatchers`, Date.now() + 1e9, 'no-dispatcher');
    await redis.set(`${prefix}:dispatcher:no-dispatcher`, 'foreign');
    await redis.hset(keyOf('idle', job), 'ats', 1);
    const unknown = { needs: 'codec:money', reason: 'not defined', claims: '1' };
    await redis.hset(`${prefix}:idle:unknown`, job.id, JSON.stringify(unknown));
    expect(await explain('idle', job)).toMatchObject({ reason: 'unknown-codec', needs: 'money' });
    await redis.hset(`${prefix}:idle:unknown`, job.id, JSON.stringify({ ...unknown, claims: '0' }));
    expect(await explain('idle', job)).toMatchObject({ reason: 'lane-unserved' });
    await redis.del(`${prefix}:dispatcher:no-dispatcher`);
    await redis.zrem(`${prefix}:dispatchers`, 'no-dispatcher');
  });

  it('O4, D2 a record that says what its dispatcher does', async () => {
    const record = `${prefix}:dispatcher:${dispatcher.uuid}`;
    const before = await redis.hmget(record, 'agents', 'tasks', 'blockedFor');
    const agent = { queue: 'narrow', name: 'main', size: 1, lanes: ['main'], threads: false };
    const says = async (agents: object[], tasks: string[], blockedFor: number) =>
      await redis.hset(record, {
        agents: JSON.stringify(agents),
        tasks: JSON.stringify(tasks),
        blockedFor,
      });
    const held = await running('narrow', 'blocked');
    const job = await put('narrow', 'behind', upload.job('behind'));
    await says([agent], [upload.name, encode.name], 5_000);
    const uuid = dispatcher.uuid;
    expect(await explain('narrow', held)).toMatchObject({
      reason: 'dispatcher-blocked',
      dispatcher: { uuid, blockedFor: 5_000 },
    });
    const blocked = [{ uuid, blockedFor: 5_000 }];
    expect(await explain('narrow', job)).toMatchObject({ reason: 'dispatchers-blocked', blocked });
    await says([agent], [upload.name, encode.name], 0);
    expect(await explain('narrow', job)).toMatchObject({ reason: 'waits-for-agent', before: 0 });
    await says([agent], [encode.name], 0);
    const unknown = { reason: 'unknown-task', needs: upload.name, dispatchers: 1 };
    expect(await explain('narrow', job)).toMatchObject(unknown);
    await says([{ ...agent, threads: true }], [encode.name], 0);
    expect(await explain('narrow', job)).toMatchObject({ reason: 'waits-for-agent' });
    await says([{ ...agent, size: 0 }], [], 0);
    const stopped = { reason: 'lane-unserved', stopped: [{ uuid }] };
    expect(await explain('narrow', job)).toMatchObject(stopped);
    await says([{ ...agent, lanes: ['gpu'] }], [], 0);
    expect(await explain('narrow', job)).toMatchObject({ reason: 'lane-unserved', stopped: [] });
    await redis.hdel(record, 'agents', 'tasks', 'blockedFor');
    const [agents, tasks] = before;
    if (agents && tasks) await redis.hset(record, { agents, tasks, blockedFor: 0 });
    await held.cancel();
    await job.wait({ timeout: 20_000 });
  });
});
