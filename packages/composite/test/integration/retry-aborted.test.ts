// A composite that was aborted or stopped runs again, with its abandoned children as they were left
// (O3, O5).
import { defineRetryPolicy, defineTask, local, NeverRetry, type Job } from '@drover/core';
import { parallel, serial } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { hasStarted } from '../../../../test/kit/dispatchers.js';
import { gate } from '../../../../test/kit/gate.js';
import { abortAlways, failOnce } from '../../../../test/kit/tasks.js';
import { eventually } from '../../../../test/kit/wait.js';
import { startDispatcher } from './dispatchers.js';

const context = testContext('composite-retry-aborted');
const ran: string[] = [];
beforeEach(() => void ran.splice(0));
const step = defineTask('retry-aborted.step', (name: string) => {
  ran.push(name);
  return name;
});
const hangsAtFirst = defineTask('retry-aborted.hangsAtFirst', async (name: string) => {
  ran.push(name);
  if (local.fence === 1) await new Promise(() => {});
  return name;
});
/** A policy that retries errors in an hour. */
const retryLater = (name: string) =>
  defineRetryPolicy(name, {
    jobError: () => 3_600_000,
    commitError: () => false,
    interrupted: () => true,
  });

it.each([
  ['serial', serial],
  ['parallel', parallel],
])(
  'O3, I3 a %s in an aborted composite retries its failed part and keeps successes',
  async (name, compose) => {
    const hangs = hangsAtFirst.job('hangs').with({ retryPolicy: NeverRetry });
    const inner = compose([step.job('a'), hangs, step.job('b')]);
    const outer = serial([parallel([inner]), step.job('c')]).with({ retryPolicy: abortAlways });
    const dispatcher = await startDispatcher(context, name, 2);
    const begun = hasStarted(dispatcher, hangs);
    await context.queue(name).put(outer);
    await begun;
    if (name === 'parallel') await inner.jobs[2].wait();
    await dispatcher.deactivate({ grace: 0 });
    await startDispatcher(context, name, 1);
    await expect(outer.wait()).rejects.toMatchObject({ name: 'AbortedError' });
    for (const one of [hangs, inner])
      await expect(one.wait()).rejects.toMatchObject({ name: 'AbortedError' });
    const before = ran.splice(0);
    await outer.retry();
    expect(await outer.wait({ timeout: 20_000 })).toEqual([[['a', 'hangs', 'b']], 'c']);
    expect(ran).toEqual(before.includes('b') ? ['hangs', 'c'] : ['hangs', 'b', 'c']);
    expect(await context.queue(name).length()).toBe(0);
  },
);

it('O3, O5, C2 an abandoned part keeps its once results when it runs again', async () => {
  const Later = retryLater('retry-aborted.later');
  let paid = 0;
  const pays = defineTask('retry-aborted.pays', async () => {
    const receipt = await local.once('payment', () => ++paid);
    if (local.fence === 1) throw new Error('after the payment');
    return receipt;
  });
  const part = pays.job().with({ retryPolicy: Later });
  let runs = 0;
  const failsAtFirst = defineTask('retry-aborted.failsAtFirst', async () => {
    if (++runs > 1) return 'went on';
    await eventually(
      async () => await context.redis.zscore(`${context.prefix}:paid:delayed`, part.id),
    );
    throw new Error('stop');
  });
  await startDispatcher(context, 'paid', 2);
  const all = parallel([part, failsAtFirst.job()] as Job[], { onFailure: 'stop' });
  await context.queue('paid').put(all);
  await expect(all.wait()).rejects.toThrow('stop');
  await expect(part.wait()).rejects.toMatchObject({ name: 'AbortedError' });
  await all.retry();
  expect(await all.wait({ timeout: 20_000 })).toEqual([1, 'went on']);
  expect(paid).toBe(1);
});

it('O3, C2 a retried composite runs a part that is still being abandoned', async () => {
  const Later = retryLater('retry-aborted.inAnHour');
  const [part, nested] = [
    failOnce.job('tried again').with({ retryPolicy: Later, lane: 'gpu' }),
    step.job('nested'),
  ];
  let runs = 0;
  const failsAtFirst = defineTask('retry-aborted.failsBeside', async () => {
    if (++runs > 1) return 'went on';
    await eventually(
      async () => await context.redis.zscore(`${context.prefix}:early/gpu:delayed`, part.id),
    );
    await gpu.deactivate();
    throw new Error('stop');
  });
  const onGpu = { queues: { early: { gpu: { size: 1, lanes: ['gpu'] } } } };
  const gpu = await startDispatcher(context, 'early', 1, onGpu);
  await startDispatcher(context, 'early', 1);
  const all = parallel([part, failsAtFirst.job(), serial([nested])] as Job[], {
    onFailure: 'stop',
  });
  await context.queue('early').put(all);
  await expect(all.wait()).rejects.toThrow('stop');
  expect((await part.refresh()).status).toBe('pending');
  await all.retry();
  await eventually(
    async () => await context.redis.zscore(`${context.prefix}:early:waiting-children`, all.id),
  );
  await startDispatcher(context, 'early', 1, onGpu);
  expect(await all.wait({ timeout: 20_000 })).toEqual(['tried again', 'went on', ['nested']]);
});

it('O3, C2 a part that outlived the first stop is abandoned by the second one', async () => {
  const { opened, open } = gate();
  const heldThenTriedLater = defineTask('retry-aborted.held', async () => {
    await opened;
    throw new Error('again in an hour');
  });
  const part = heldThenTriedLater
    .job()
    .with({ retryPolicy: retryLater('retry-aborted.laterStill') });
  let runs = 0;
  const stops = defineTask('retry-aborted.stops', async () => {
    if (++runs === 1) await eventually(async () => (await part.refresh()).status === 'active');
    else
      await eventually(
        async () => await context.redis.zscore(`${context.prefix}:twice:delayed`, part.id),
      );
    throw new Error(`stop ${runs}`);
  });
  await startDispatcher(context, 'twice', 3);
  const all = parallel([part, stops.job()] as Job[], { onFailure: 'stop' });
  await context.queue('twice').put(all);
  await expect(all.wait()).rejects.toThrow('stop 1');
  await all.retry();
  await eventually(() => runs === 2);
  open();
  await expect(all.wait()).rejects.toThrow('stop 2');
  await expect(part.wait({ timeout: 20_000 })).rejects.toMatchObject({ name: 'AbortedError' });
});

it('O3 an abandoned part cannot be retried while its composite runs again', async () => {
  const queue = context.queue('turn');
  const hangs = hangsAtFirst.job('second').with({ retryPolicy: NeverRetry });
  const row = serial([step.job('first'), hangs, step.job('last')]).with({
    retryPolicy: abortAlways,
  });
  const dispatcher = await startDispatcher(context, 'turn', 1);
  const begun = hasStarted(dispatcher, hangs);
  await queue.put(row);
  await begun;
  await dispatcher.deactivate({ grace: 0 });
  const other = await startDispatcher(context, 'turn', 1);
  for (const one of [row, hangs])
    await expect(one.wait()).rejects.toMatchObject({ name: 'AbortedError' });
  await other.deactivate();
  await row.retry();
  await expect(hangs.retry()).rejects.toMatchObject({ name: 'BadStatusError' });
  await startDispatcher(context, 'turn', 1);
  expect(await row.wait({ timeout: 20_000 })).toEqual(['first', 'second', 'last']);
});

it.each(['was woken to be aborted', 'waits while its interrupt aborts it'])(
  'O3, I3 an aborted composite is retried while its inner one %s: that runs too',
  async (how) => {
    const name = how.slice(0, 9).replaceAll(' ', '-');
    const { redis, prefix } = context;
    const onGpu = { queues: { [name]: { gpu: { size: 2, lanes: ['gpu'] } } } };
    const Later = retryLater(`retry-aborted.${name}`);
    const part = failOnce.job('tried again').with({ retryPolicy: Later, lane: 'gpu' });
    const inner = parallel([part]).with({ lane: 'gpu' });
    const outer = parallel([inner]).with({ retryPolicy: abortAlways });
    const [gpu, main] = [
      await startDispatcher(context, name, 2, onGpu),
      await startDispatcher(context, name, 1),
    ];
    await context.queue(name).put(outer);
    await eventually(async () => await redis.zscore(`${prefix}:${name}/gpu:delayed`, part.id));
    await gpu.deactivate();
    await main.deactivate();
    await startDispatcher(context, name, 1);
    await expect(outer.wait()).rejects.toMatchObject({ name: 'AbortedError' });
    const [wait, waitingChildren] = [
      `${prefix}:${name}/gpu:wait`,
      `${prefix}:${name}/gpu:waiting-children`,
    ];
    expect(await redis.lrange(wait, 0, -1)).toContain(inner.id);
    if (how.startsWith('waits')) {
      await redis
        .multi()
        .lrem(wait, 0, inner.id)
        .zadd(waitingChildren, Date.now(), inner.id)
        .exec();
    }
    await outer.retry();
    await eventually(
      async () => await redis.zscore(`${prefix}:${name}:waiting-children`, outer.id),
    );
    expect(await redis.zscore(waitingChildren, inner.id)).toBeNull();
    expect((await redis.lrange(wait, 0, -1)).filter((id) => id === inner.id)).toHaveLength(1);
    await startDispatcher(context, name, 2, onGpu);
    expect(await outer.wait({ timeout: 20_000 })).toEqual([['tried again']]);
  },
);
