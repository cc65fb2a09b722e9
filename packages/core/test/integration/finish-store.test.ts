// The end of a job is one script (I6): its puts and the jobs that wait for it take effect with it,
// or nothing does.
import { defineTask, type Job } from '@drover/core';
import { type ClaimedJob } from '@drover/core/internal';
import { newStoredJob, refusalCode, RefusalCode } from '../../../../test/kit/store.js';
import { testContext } from '../../../../test/kit/context.js';
import { startRedis } from '../../../../test/kit/redis-server.js';
import { snapshotKeys } from '../../../../test/kit/key-snapshot.js';
import { playDispatcher, type PlayedDispatcher } from './play-dispatcher.js';

// On a server of its own: the scripts of other tests stay.
const context = testContext('finish-store', (await startRedis()).url);
const work = defineTask('finish-store.work', (value: unknown) => value);
const queueNamed = (name: string) => context.queue(name);

interface Claimed {
  name: string;
  dispatcher: PlayedDispatcher;
  claim: ClaimedJob;
  job: Job;
}

async function claimed(name: string): Promise<Claimed> {
  const job = await queueNamed(name).put(work.job('runs'));
  const dispatcher = playDispatcher(context, name);
  return { name, dispatcher, claim: await dispatcher.claimNow(), job };
}

/** Completes a job whose run has put jobs into the queue `<name>-put`. */
function complete(
  { name, dispatcher: { store, owner }, claim }: Claimed,
  jobs: readonly Job[],
): Promise<void> {
  const puts = jobs.map((job) => ({ queue: `${name}-put`, job: newStoredJob(job) }));
  return store.complete(claim, '1', owner, puts);
}

const isPending = async (name: string, job: Job): Promise<boolean> =>
  (await queueNamed(name).get(job.id)) !== undefined;

it('J6 jobs that are stored with a finish have the same keys as after a plain put', async () => {
  const found = await claimed('stored');
  const jobs = [
    work.job('at once'),
    work.job('later').with({ beginAfter: new Date(Date.now() + 60_000) }),
  ];
  await complete(found, jobs);
  expect((await found.job.refresh()).result).toBe(1);

  const plain = [
    work.job('at once'),
    work.job('later').with({ beginAfter: new Date(Date.now() + 60_000) }),
  ];
  await queueNamed('stored-plain').putAll(plain);
  const snapshot = async (queue: string, [first, second]: Job[]) => {
    const names = { [first?.id ?? '']: 'first', [second?.id ?? '']: 'second' };
    const base = `${context.prefix}:${queue}`;
    const keys = await snapshotKeys(context.redis, base, { names, without: ['delay', 'opts'] });
    // BullMQ's counter of ids, and a setting that BullMQ writes with the first put.
    for (const own of ['id', 'meta']) delete keys[own];
    const [delay, options] = await context.redis.hmget(`${base}:${second?.id}`, 'delay', 'opts');
    return {
      keys,
      options: JSON.parse(options ?? '') as unknown,
      delay: Math.round(Number(delay) / 10_000),
    };
  };
  const options = { beginAfter: expect.any(Number) as number };
  expect(await snapshot('stored-put', jobs)).toMatchObject({ options, delay: 6 });
  expect(await snapshot('stored-plain', plain)).toMatchObject({ options, delay: 6 });
  const [{ keys: ours }, { keys: theirs }] = [
    await snapshot('stored-put', jobs),
    await snapshot('stored-plain', plain),
  ];
  expect(ours).toEqual(theirs);
});

it('J6, B3 after SCRIPT FLUSH the finish and the puts are done once', async () => {
  for (const round of ['first', 'second']) {
    const found = await claimed(`forgetful-${round}`);
    const job = work.job('put');
    // In the second round ioredis believes that the server has the script.
    await context.redis.script('FLUSH');
    await complete(found, [job]);
    expect((await found.job.refresh()).result).toBe(1);
    expect(await isPending(`${found.name}-put`, job)).toBe(true);
  }
});

it('J5 dependents are woken in the step of the finish', async () => {
  const { dispatcher, claim } = await claimed('waited-for');
  const key = dispatcher.store.keys.job(claim.id);
  const waiting = `${context.prefix}:waited-for:waiting`;
  await context.redis.hset(key, 'dependents', JSON.stringify([waiting]));
  await context.redis.hset(waiting, 'name', 'waits');
  await context.redis.sadd(`${waiting}:dependencies`, key);
  await context.redis.zadd(dispatcher.store.keys.list('waiting-children'), 1, 'waiting');
  const { owner, store } = dispatcher;
  await store.complete(claim, '1', owner);
  expect(await context.redis.hmget(key, 'returnvalue', 'dependents')).toEqual(['1', null]);
  expect(await context.redis.lrange(store.keys.list('wait'), 0, -1)).toEqual(['waiting']);
});

it('I5 a lost claim refuses the finish and its puts', async () => {
  const found = await claimed('lost');
  const job = work.job('put');
  await context.redis.set(found.dispatcher.store.keys.lock(found.claim.id), 'another');
  const error = await complete(found, [job]).catch((thrown: unknown) => thrown);
  expect(refusalCode(error)).toBe(RefusalCode.NOT_YOURS);
  expect((await found.job.refresh()).result).toBeUndefined();
  expect(await isPending('lost-put', job)).toBe(false);
});

it('J6 a job with pending children refuses the finish and its puts', async () => {
  const found = await claimed('children');
  const job = work.job('put');
  const { keys } = found.dispatcher.store;
  await context.redis.sadd(`${keys.job(found.claim.id)}:dependencies`, 'a child');
  const error = await complete(found, [job]).catch((thrown: unknown) => thrown);
  expect(refusalCode(error)).toBe(RefusalCode.PENDING_CHILDREN);
  expect(await isPending('children-put', job)).toBe(false);
});

it('I6 a job that is in no list of active jobs refuses the finish and its puts', async () => {
  const found = await claimed('not-active');
  const job = work.job('put');
  await context.redis.lrem(found.dispatcher.store.keys.list('active'), 1, found.claim.id);
  const error = await complete(found, [job]).catch((thrown: unknown) => thrown);
  expect(refusalCode(error)).toBe(RefusalCode.NOT_ACTIVE);
  expect(await isPending('not-active-put', job)).toBe(false);
});

it('J6 a put that fails leaves the job unfinished, and both can be repeated', async () => {
  const found = await claimed('broken');
  const { store } = found.dispatcher;
  const jobs = [work.job('put'), work.job('put')];
  const broken = `${context.prefix}:broken-put:wait`;
  await context.redis.set(broken, 'no list');
  await expect(complete(found, jobs)).rejects.toThrow(/WRONGTYPE/);
  expect((await found.job.refresh()).result).toBeUndefined();
  expect(await store.holder(found.claim.id)).toBe(found.claim.token);
  await context.redis.del(broken);
  await complete(found, jobs);
  expect((await found.job.refresh()).result).toBe(1);
  for (const job of jobs) expect(await isPending('broken-put', job)).toBe(true);
});

it('J6 a finish that is repeated after a lost reply is refused, and puts nothing', async () => {
  const found = await claimed('repeated');
  await complete(found, [work.job('put')]);
  const late = work.job('put');
  const error = await complete(found, [late]).catch((thrown: unknown) => thrown);
  expect(refusalCode(error)).toBe(RefusalCode.NO_LOCK);
  expect(await isPending('repeated-put', late)).toBe(false);
});

it('a finish is one script call', async () => {
  const { dispatcher, claim } = await claimed('plain');
  const sent: string[] = [];
  const { redis } = context;
  const sendCommand = redis.sendCommand.bind(redis);
  redis.sendCommand = (command, ...rest) => {
    sent.push((command as { name: string }).name);
    return sendCommand(command, ...rest);
  };
  await dispatcher.store.complete(claim, '1', dispatcher.owner);
  redis.sendCommand = sendCommand;
  expect(sent).toEqual([expect.stringMatching(/^eval(sha)?$/)]);
});
