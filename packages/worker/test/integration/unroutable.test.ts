// Unroutable jobs, whose task or policy a process does not know, are offered to other processes
// (B1, R1).
import { defineCodec, defineRetryPolicy, defineTask } from '@drover/core';
import { LaneKeys, RedisLane } from '../../../../test/kit/store.js';
import { newUuid, testContext } from '../../../../test/kit/context.js';
import { eventually } from '../../../../test/kit/wait.js';
import { startWorker } from '../../../../test/kit/worker.js';
import { dispatchersIn } from './dispatchers.js';

const context = testContext('unknown');
const dispatchers = dispatchersIn(context);
// The worker program defines the kit's tasks, and not this one.
const here = defineTask('unknown.here', (value: number) => value + 1);

const worker = (queue: string) =>
  startWorker({
    prefix: context.prefix,
    uuid: newUuid(),
    queues: { [queue]: { main: { size: 1 } } },
  });

it('B1 a process without the task offers the job until another one knows it', async () => {
  const job = await context.queue('task').put(here.job(1));
  const stranger = worker('task');
  await stranger.logged('the task \\"unknown.here\\" is not defined in this process');
  expect((await job.refresh()).status).not.toBe('completed');
  expect(stranger.events('started')).toEqual([]);
  const needed = { lane: 'main', kind: 'task', name: 'unknown.here', jobs: 1, job: job.id };
  expect(await context.queue('task').unroutable()).toEqual([needed]);

  await dispatchers.start('task');
  expect(await job.wait({ timeout: 20_000 })).toBe(2);
  expect(stranger.events('failed')).toEqual([]);
  expect(await context.queue('task').unroutable()).toEqual([]);
});

it('B1 offers become rare, and a new process that knows the task claims at once', async () => {
  const queue = context.queue('seldom');
  const job = await queue.put(here.job(1));
  // As if the job had been offered many times.
  await context.redis.hset(`${context.prefix}:seldom:${job.id}`, 'unroutableOffers', 9);
  const stranger = worker('seldom');
  await stranger.logged('the task \\"unknown.here\\" is not defined in this process');
  const due = await eventually(async () => {
    const score = await context.redis.zscore(`${context.prefix}:seldom:delayed`, job.id);
    return score === null ? undefined : Number(score) / 0x1000;
  });
  expect(due - Date.now()).toBeGreaterThan(15_000);
  const [unknown] = await context.redis.hvals(`${context.prefix}:seldom:unknown`);
  expect(JSON.parse(unknown ?? '')).toEqual({
    claims: expect.stringMatching(/^[1-9]$/),
    needs: 'task:unknown.here',
    reason: 'the task "unknown.here" is not defined in this process',
  });
  await dispatchers.start('seldom');
  expect(await job.wait({ timeout: 10_000 })).toBe(2);
  expect(await context.redis.hlen(`${context.prefix}:seldom:unknown`)).toBe(0);
});

it('B1 an unroutable job does not block other jobs', async () => {
  const queue = context.queue('behind');
  const unknown = await queue.put(here.job(1));
  const stranger = worker('behind');
  await stranger.logged('is not defined in this process');
  const { echo } = await import('../../../../test/kit/tasks.js');
  expect(await (await queue.put(echo.job('behind it'))).wait()).toBe('behind it');
  expect((await unknown.refresh()).result).toBeUndefined();
});

it('J4 B1 a job whose arguments need an unknown codec is not run', async () => {
  class Money {
    constructor(readonly amount: bigint) {}
  }
  defineCodec('unknown.money', {
    class: Money,
    encode: ({ amount }) => amount,
    decode: (amount: bigint) => new Money(amount),
  });
  const { echo } = await import('../../../../test/kit/tasks.js');
  const job = await context.queue('codec').put(echo.job(new Money(7n)));
  const stranger = worker('codec');
  await stranger.logged('the codec \\"unknown.money\\" is not defined in this process');
  const needed = { lane: 'main', kind: 'codec', name: 'unknown.money', jobs: 1, job: job.id };
  expect(await eventually(() => context.queue('codec').unroutable())).toEqual([needed]);
  expect(await context.queue('codec').explain(job.id)).toMatchObject({
    ...{ reason: 'unknown-codec', needs: 'unknown.money', dispatchers: 1 },
  });
  // Only the arguments tell their codecs, so that any process may get the next offer.
  await stranger.end('SIGTERM');
  await dispatchers.start('codec');
  expect(await job.wait({ timeout: 20_000 })).toEqual(new Money(7n));
  expect(stranger.events('failed')).toEqual([]);
});

it('R1 a job with an unknown policy is not run', async () => {
  const retryPolicy = defineRetryPolicy('unknown.policy', {
    jobError: () => false,
    commitError: () => false,
    interrupted: () => false,
  });
  const { echo } = await import('../../../../test/kit/tasks.js');
  const job = await context.queue('policy').put(echo.job('with policy'), { retryPolicy });
  const stranger = worker('policy');
  await stranger.logged('the retry policy \\"unknown.policy\\" is not defined in this process');
  expect(stranger.events('started')).toEqual([]);
  await dispatchers.start('policy');
  expect(await job.wait({ timeout: 20_000 })).toBe('with policy');
});

describe('B1 an unroutable job that a process comes to know', () => {
  const unknown = { needs: 'task:x', reason: 'unknown' };
  const isKnown = () => true;

  async function offered(name: string) {
    const { echo } = await import('../../../../test/kit/tasks.js');
    const job = await context.queue(name).put(echo.job(name));
    const store = new RedisLane(
      context.redis,
      new LaneKeys(context.prefix, name, 'main'),
      newUuid(),
    );
    await store.claim('first');
    await store.postpone({ id: job.id, token: 'first' }, { delay: 3_600_000, unknown });
    return { job, store };
  }

  it('B1 is claimed at once, and keeps no delay', async () => {
    const { job, store } = await offered('at-once');
    expect((await store.claimUnroutable('second', isKnown)).job?.id).toBe(job.id);
    expect(await context.redis.hget(store.keys.job(job.id), 'delay')).toBe('0');
  });

  it('R1 is left alone when it waits for something else since', async () => {
    const { job, store } = await offered('since');
    await store.claimUnroutable('second', isKnown);
    await store.postpone({ id: job.id, token: 'second' }, { delay: 0, unknown });
    await eventually(async () => (await store.claim('third')).job?.id === job.id);
    await store.retry({ id: job.id, token: 'third' }, 3_600_000, { policyData: {} });
    expect(await store.claimUnroutable('fourth', isKnown)).toEqual({
      job: undefined,
      delayUntil: undefined,
    });
    expect(await context.redis.exists(store.keys.list('unknown'))).toBe(0);
  });

  it('O2 is not claimed while its queue is paused or full', async () => {
    const { job, store } = await offered('paused');
    const meta = `${store.keys.base}meta`;
    for (const [field, value] of [
      ['paused', '1'],
      ['concurrency', '0'],
    ] as const) {
      await context.redis.hset(meta, field, value);
      expect((await store.claimUnroutable('second', isKnown)).job).toBeUndefined();
      await context.redis.hdel(meta, field);
    }
    expect((await store.claimUnroutable('second', isKnown)).job?.id).toBe(job.id);
  });
});
