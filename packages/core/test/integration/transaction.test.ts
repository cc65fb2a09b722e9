// Scripts in one MULTI with a transition of BullMQ: all of them take effect, or none, whatever
// fails.
import { defineTask, Failure, type Job } from '@drover/core';
import {
  LaneKeys,
  newStoredJob,
  putsBeforeFinish,
  refusalCode,
  RefusalCode,
  type Transaction,
  type ClaimedJob,
} from '@drover/core/internal';
import { testContext, type TestContext } from '../../../../test/kit/context.js';
import { startRedis } from '../../../../test/kit/redis-server.js';
import { snapshotKeys } from '../../../../test/kit/key-snapshot.js';
import { playDispatcher, type PlayedDispatcher } from './play-dispatcher.js';

const context = testContext('transaction');
const work = defineTask('transaction.work', (value: unknown) => value);
const queueNamed = (name: string) => context.queue(name);

interface Claimed {
  dispatcher: PlayedDispatcher;
  claim: ClaimedJob;
  job: Job;
}

/** A server of its own, on which no other test loads scripts. */
async function alone(): Promise<TestContext> {
  return testContext('transaction-alone', (await startRedis()).url);
}

async function claimed(name: string, where = context): Promise<Claimed> {
  const job = await where.queue(name).put(work.job('runs'));
  const dispatcher = playDispatcher(where, name);
  return { dispatcher, claim: await dispatcher.claimNow(), job };
}

/** Puts of the run into the queue `<name>-put`. */
function puts(name: string, { dispatcher, claim }: Claimed, jobs: readonly Job[]): Transaction {
  const runPuts = jobs.map((job) => ({ queue: `${name}-put`, job: newStoredJob(job) }));
  return putsBeforeFinish(dispatcher.store.keys, claim, runPuts, `${claim.token}0`);
}

/** A script with a visible effect, to run after the transition: it removes another job. */
async function removal(name: string, where = context): Promise<Transaction & { job: Job }> {
  const job = await where.queue(`${name}-other`).put(work.job('other'));
  const keys = new LaneKeys(where.prefix, `${name}-other`, 'main');
  return {
    job,
    after: [{ script: 'removePending', keys: [keys.job(job.id)], args: [job.id, keys.base, ''] }],
  };
}

const isPending = async (name: string, job: Job): Promise<boolean> =>
  (await queueNamed(name).get(job.id)) !== undefined;

it('J6 jobs that are stored with a finish have the same keys as after a plain put', async () => {
  const found = await claimed('stored');
  const jobs = [
    work.job('at once'),
    work.job('later').with({ beginAfter: new Date(Date.now() + 60_000) }),
  ];
  const transaction = puts('stored', found, jobs);
  await found.dispatcher.store.complete(found.claim, '1', { claimNext: false, transaction });
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

it('J6, B3 after SCRIPT FLUSH the finish, the puts and a later script are done once', async () => {
  const before = await claimed('forgetful');
  const { redis } = context;
  const job = work.job('put');
  const transaction = puts('forgetful', before, [job]);
  const { after, job: other } = await removal('forgetful');
  await redis.script('FLUSH');
  await before.dispatcher.store.complete(before.claim, '1', {
    claimNext: false,
    transaction: { ...transaction, after },
  });
  expect((await before.job.refresh()).result).toBe(1);
  expect(await isPending('forgetful-put', job)).toBe(true);
  expect(await isPending('forgetful-other', other)).toBe(false);
});

it('B3 a script after a finish runs even if scripts are flushed after first use', async () => {
  for (const round of ['first', 'second']) {
    const { dispatcher, claim, job } = await claimed(`after-${round}`);
    const transaction = await removal(`after-${round}`);
    // In the second round ioredis believes that the server has the scripts.
    await context.redis.script('FLUSH');
    await dispatcher.store.complete(claim, '1', { claimNext: false, transaction });
    expect((await job.refresh()).result).toBe(1);
    expect(await isPending(`after-${round}-other`, transaction.job)).toBe(false);
  }
});

it('B3 a script after a finish runs even when the server lost only the finish', async () => {
  const where = await alone();
  const { redis } = where;
  // From now on ioredis believes that the server has the scripts.
  const first = await claimed('first', where);
  await first.dispatcher.store.complete(first.claim, '1', {
    claimNext: false,
    transaction: await removal('first', where),
  });
  const { dispatcher, claim, job } = await claimed('finish-forgotten', where);
  const transaction = await removal('finish-forgotten', where);
  await redis.script('FLUSH');
  const multi = redis.multi.bind(redis);
  const sent: string[][] = [];
  redis.multi = ((...args: []) => {
    const pipeline = multi(...args);
    const exec = pipeline.exec.bind(pipeline);
    pipeline.exec = async () => {
      const replies = await exec();
      sent.push((replies ?? []).map(([error]) => error?.message.split(' ')[0] ?? 'done'));
      return replies;
    };
    return pipeline;
  }) as never;
  // Loads the later script alone. The first MULTI then runs it without the finish, and it must run
  // again after the finish.
  const warm = await where.queue('finish-forgotten-warm').put(work.job('warm'));
  await where.queue('finish-forgotten-warm').remove(warm);
  try {
    await dispatcher.store.complete(claim, '1', { claimNext: false, transaction });
  } finally {
    redis.multi = multi as never;
  }
  expect((await job.refresh()).result).toBe(1);
  expect(sent).toEqual([
    ['NOSCRIPT', 'done'],
    ['done', 'done'],
  ]);
});

it('J5, B3 dependents are woken with the finish, even if the server lost a script', async () => {
  const where = await alone();
  const { redis, prefix } = where;
  const [{ dispatcher, claim }, other] = [
    await claimed('waited-for', where),
    await claimed('other', where),
  ];
  const key = dispatcher.store.keys.job(claim.id);
  await redis.hset(key, 'dependents', JSON.stringify([`${prefix}:waited-for:somebody`]));
  // From now on ioredis believes that the server has the script.
  const first = await claimed('first', where);
  await first.dispatcher.store.complete({ ...first.claim, hasDependents: true }, '1', {
    claimNext: false,
  });
  await redis.script('FLUSH');
  await other.dispatcher.complete(other.claim, 1);
  // The server now knows the finish alone. A process that sends a second MULTI may die before it.
  const multi = redis.multi.bind(redis);
  let count = 0;
  redis.multi = ((...args: []) => {
    if (++count > 1) throw new Error('it has died');
    return multi(...args);
  }) as never;
  try {
    await dispatcher.store.complete({ ...claim, hasDependents: true }, '1', { claimNext: false });
  } finally {
    redis.multi = multi as never;
  }
  expect(await redis.hmget(key, 'returnvalue', 'dependents')).toEqual(['1', null]);
});

it('I5 a lost claim refuses the finish and its puts', async () => {
  const found = await claimed('lost');
  const job = work.job('put');
  const transaction = puts('lost', found, [job]);
  await context.redis.set(found.dispatcher.store.keys.lock(found.claim.id), 'another');
  const finish = found.dispatcher.store.complete(found.claim, '1', {
    claimNext: false,
    transaction,
  });
  expect(refusalCode(await finish.catch((error: unknown) => error))).toBe(RefusalCode.NOT_YOURS);
  expect((await found.job.refresh()).result).toBeUndefined();
  expect(await isPending('lost-put', job)).toBe(false);
});

it('J6 a job with pending children refuses the finish and its puts', async () => {
  const found = await claimed('children');
  const job = work.job('put');
  const transaction = puts('children', found, [job]);
  await context.redis.sadd(
    `${found.dispatcher.store.keys.job(found.claim.id)}:dependencies`,
    'a child',
  );
  const finish = found.dispatcher.store.complete(found.claim, '1', {
    claimNext: false,
    transaction,
  });
  expect(refusalCode(await finish.catch((error: unknown) => error))).toBe(
    RefusalCode.PENDING_CHILDREN,
  );
  expect(await isPending('children-put', job)).toBe(false);
});

it('J6 a put that fails leaves the job unfinished, and both can be repeated', async () => {
  const found = await claimed('broken');
  const { store } = found.dispatcher;
  const jobs = [work.job('put'), work.job('put')];
  const transaction = puts('broken', found, jobs);
  const broken = `${context.prefix}:broken-put:wait`;
  await context.redis.set(broken, 'no list');
  const finish = () => store.complete(found.claim, '1', { claimNext: false, transaction });
  await expect(finish()).rejects.toThrow(/WRONGTYPE/);
  expect((await found.job.refresh()).result).toBeUndefined();
  expect(await store.holder(found.claim.id)).toBe(found.claim.token);
  await context.redis.del(broken);
  await finish();
  expect((await found.job.refresh()).result).toBe(1);
});

it('J6 a finish that failed after its puts is repeated without them', async () => {
  const found = await claimed('half');
  const { store } = found.dispatcher;
  const job = work.job('put');
  const transaction = puts('half', found, [job]);
  // The puts moved the lock to the finish token, which marks them as done.
  await context.redis.set(store.keys.lock(found.claim.id), transaction.finishToken ?? '');
  await store.complete(found.claim, '1', { claimNext: false, transaction });
  expect((await found.job.refresh()).result).toBe(1);
  expect(await isPending('half-put', job)).toBe(false);
});

describe('scripts run in one MULTI with', () => {
  it('a failure', async () => {
    const { dispatcher, claim, job } = await claimed('fail');
    const transaction = await removal('fail');
    await dispatcher.store.fail(
      claim,
      Failure.from(new RangeError('too far')),
      { uuid: dispatcher.uuid, epoch: 1 },
      { claimNext: false, transaction },
    );
    expect((await job.refresh()).result).toMatchObject({ name: 'RangeError' });
    expect(await isPending('fail-other', transaction.job)).toBe(false);
  });

  it.each([0, 60_000])('a retry after %i ms', async (delay) => {
    const { dispatcher, claim, job } = await claimed(`retry-${delay}`);
    const transaction = await removal(`retry-${delay}`);
    await dispatcher.store.retry(
      claim.id,
      claim.token,
      delay,
      { policyData: { runs: 1 } },
      transaction,
    );
    expect((await job.refresh()).status).toBe('pending');
    expect(await isPending(`retry-${delay}-other`, transaction.job)).toBe(false);
  });

  it('a postponement', async () => {
    const { dispatcher, claim, job } = await claimed('postpone');
    const transaction = await removal('postpone');
    await dispatcher.store.postpone(claim.id, claim.token, { delay: 60_000 }, transaction);
    expect((await job.refresh()).status).toBe('pending');
    expect(await isPending('postpone-other', transaction.job)).toBe(false);
  });

  it('a suspension', async () => {
    const { dispatcher, claim, job } = await claimed('suspend');
    const transaction = await removal('suspend');
    const schedule = { jobs: [newStoredJob(work.job('part'))], inOrder: false, then: undefined };
    await dispatcher.store.schedule(claim, schedule, Date.now());
    expect(await dispatcher.store.suspend(claim, transaction)).toBe(true);
    expect(await dispatcher.store.holder(job.id)).toBeUndefined();
    expect(await isPending('suspend-other', transaction.job)).toBe(false);
  });

  it('a finish that claims the next job, under the finish token', async () => {
    const found = await claimed('next');
    const next = await queueNamed('next').put(work.job('next'));
    const job = work.job('put');
    const transaction = puts('next', found, [job]);
    const reply = await found.dispatcher.store.complete(found.claim, '1', {
      claimNext: true,
      transaction,
    });
    expect(reply?.job).toMatchObject({ id: next.id, token: transaction.finishToken });
    expect(await found.dispatcher.store.holder(next.id)).toBe(transaction.finishToken);
  });
});

it('a transition without a transaction is one script call', async () => {
  const { dispatcher, claim } = await claimed('plain');
  const sent: string[] = [];
  const { redis } = context;
  const sendCommand = redis.sendCommand.bind(redis);
  redis.sendCommand = (command, ...rest) => {
    sent.push((command as { name: string }).name);
    return sendCommand(command, ...rest);
  };
  await dispatcher.store.complete(claim, '1', { claimNext: true });
  redis.sendCommand = sendCommand;
  expect(sent).toEqual([expect.stringMatching(/^eval(sha)?$/)]);
});
