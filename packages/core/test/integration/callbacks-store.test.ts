// Callbacks in the store: only the claim stores the result and releases the callbacks (I5), and a
// job without callbacks costs no extra calls (J7).
import { defineTask, type Job } from '@drover/core';
import { MAIN_LANE } from '@drover/core/internal';
import { LaneKeys, refusalCode, RefusalCode, RedisRecovery } from '../../../../test/kit/store.js';
import { Redis } from 'ioredis';
import { testContext } from '../../../../test/kit/context.js';
import { startRedis } from '../../../../test/kit/redis-server.js';
import { playDispatcher } from './play-dispatcher.js';

// On a server of its own: the scripts of other tests stay.
const context = testContext('callbacks-store', (await startRedis()).url);
const work = defineTask('callbacks-store.work', (value: unknown) => value);

async function claimedWithCallback(name: string, when: 'before' | 'while claimed') {
  const dispatcher = playDispatcher(context, name);
  const job = await context.queue(name).put(work.job(1));
  const callback = work.job();
  if (when === 'before') await job.addCallback(callback);
  const claim = await dispatcher.claimNow();
  if (when !== 'before') await job.addCallback(callback);
  const keys = new LaneKeys(context.prefix, name, MAIN_LANE);
  return { ...dispatcher, job, callback, claim, keys };
}

const code = async (write: Promise<unknown>): Promise<unknown> =>
  await write.then(() => 'done', refusalCode);

describe.each(['before', 'while claimed'] as const)(
  'I5 an interrupted job whose callback was added %s',
  (when) => {
    it('its former claim can neither store the result nor release the callbacks', async () => {
      const { claim, keys, job, callback, complete, fail, uuid } = await claimedWithCallback(
        `zombie-${when}`,
        when,
      );
      await new RedisRecovery(context.redis, context.prefix, uuid).interrupt({
        ...claim,
        queue: keys.queue,
      });
      expect(await code(fail(claim, new Error('late')))).toBe(RefusalCode.NOT_YOURS);
      expect(await code(complete(claim, 1))).toBe(RefusalCode.NOT_YOURS);
      expect(await job.refresh()).toMatchObject({ status: 'active', result: undefined });
      expect((await callback.refresh()).status).toBe('new');
    });

    it('J7 its claim cannot finish it without running the callbacks', async () => {
      const { store, claim, owner, job, callback } = await claimedWithCallback(
        `held-${when}`,
        when,
      );
      await store.complete(claim, '1', owner);
      expect(await job.refresh()).toMatchObject({
        status: 'callbacks',
        result: 1,
        dispatcher: owner.uuid,
      });
      expect((await callback.refresh()).status).toBe('pending');
      // A repeated write finds that the claim has ended.
      expect(await code(store.complete(claim, '1', owner))).toBe(RefusalCode.NO_LOCK);
    });
  },
);

it('J7 a failure is stored together with its callbacks, also after SCRIPT FLUSH', async () => {
  const { store, claim, owner, job, callback } = await claimedWithCallback(
    'forgotten',
    'while claimed',
  );
  await context.redis.script('FLUSH');
  const { Failure } = await import('@drover/core');
  await store.fail(claim, Failure.from(new RangeError('no')), owner);
  expect(await job.refresh()).toMatchObject({
    status: 'callbacks',
    result: { name: 'RangeError' },
  });
  expect((await callback.refresh()).status).toBe('pending');
});

it('J7 a woken job in callbacks is neither pending, removable nor counted', async () => {
  const { claim, job, complete, claimNow } = await claimedWithCallback('woken', 'before');
  const queue = context.queue('woken');
  await complete(claim, 1);
  expect(await queue.length()).toBe(1);
  await complete(await claimNow(), 2);
  expect(await queue.length()).toBe(0);
  expect((await queue.jobs({ status: 'callbacks' })).map(({ id }) => id)).toEqual([job.id]);
  await expect(queue.remove(job)).rejects.toThrow('is callbacks');
});

it('J7 adding a callback again after a lost reply adds nothing', async () => {
  const { job, callback, claim, complete, keys } = await claimedWithCallback(
    'twice',
    'while claimed',
  );
  const { addCallback } = await import('../../src/store/bullmq/run/callbacks.js');
  const stored = { id: callback.id, task: callback.task, args: '[]', options: {}, lane: MAIN_LANE };
  expect(await addCallback(context.redis, keys, job.id, stored, [])).toBe('added');
  await complete(claim, 1);
  expect(await addCallback(context.redis, keys, job.id, stored, [])).toBe('added');
  expect(await context.redis.lrange(keys.list('wait'), 0, -1)).toEqual([callback.id]);
});

it('J7 a job without callbacks costs one script call for its put and one to finish', async () => {
  const queue = context.queue('calls');
  const dispatcher = playDispatcher(context, 'calls');
  const warm = await queue.put(work.job(0));
  await dispatcher.complete(await dispatcher.claimNow(), 0);
  await warm.refresh();
  const ten = async (): Promise<void> => {
    const jobs: Job[] = [];
    for (let i = 0; i < 10; i++) jobs.push(await queue.put(work.job(i)));
    let claim = await dispatcher.claim();
    while (claim) claim = (await dispatcher.completeAndClaim([[claim, 0]], 1)).claimed[0]?.job;
  };
  // Another test may flush the scripts meanwhile, and ioredis then sends them again.
  const calls = Math.min(await callsDuring(ten), await callsDuring(ten), await callsDuring(ten));
  // Ten puts, the first claim, and ten finishes; each but the last claims the next job.
  expect(calls).toBe(10 + 1 + 10);
});

/** Counts the script calls and transactions that this process sends to Redis. */
async function callsDuring(action: () => Promise<void>): Promise<number> {
  const { sendCommand } = Redis.prototype;
  let count = 0;
  Redis.prototype.sendCommand = function (...args: Parameters<typeof sendCommand>) {
    if (/^(eval|evalsha|exec)$/i.test(args[0].name)) count++;
    return sendCommand.apply(this, args);
  };
  try {
    await action();
    return count;
  } finally {
    Redis.prototype.sendCommand = sendCommand;
  }
}
