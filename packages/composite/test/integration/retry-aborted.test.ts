// A composite that was aborted or stopped runs again with what had been taken back from it, as that was left (O3, O5).
import { defineRetryPolicy, defineTask, local, NeverRetry, type Job } from '@drover/core';
import { parallel, serial } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { hasStarted } from '../../../../test/kit/dispatchers.js';
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

it.each([
  ['serial', serial],
  ['parallel', parallel],
])(
  'O3, I3 a %s below the composite that was aborted: its failed part runs, what succeeded does not',
  async (name, compose) => {
    const hangs = hangsAtFirst.job('hangs').with({ retryPolicy: NeverRetry });
    const inner = compose([step.job('a'), hangs, step.job('b')]);
    const outer = serial([parallel([inner]), step.job('c')]).with({ retryPolicy: NeverRetry });
    const dispatcher = await startDispatcher(context, name, 2);
    const begun = hasStarted(dispatcher, hangs);
    await context.queue(name).put(outer);
    await begun;
    if (name === 'parallel') await inner.jobs[2].wait();
    await dispatcher.deactivate({ grace: 0 });
    await startDispatcher(context, name, 1);
    await expect(outer.wait()).rejects.toMatchObject({ name: 'AbortedError' });
    for (const one of [hangs, inner]) await expect(one.wait()).rejects.toMatchObject({ name: 'AbortedError' });
    const before = ran.splice(0);
    await outer.retry();
    expect(await outer.wait({ timeout: 20_000 })).toEqual([[['a', 'hangs', 'b']], 'c']);
    expect(ran).toEqual(before.includes('b') ? ['hangs', 'c'] : ['hangs', 'b', 'c']);
    expect(await context.queue(name).length()).toBe(0);
  },
);

it('O3, O5, C2 a part that is taken back between two tries knows what it has done once when it runs again', async () => {
  const Later = defineRetryPolicy('retry-aborted.later', {
    jobError: () => 3_600_000,
    commitError: () => false,
    interrupted: () => true,
  });
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
    await eventually(async () => await context.redis.zscore(`${context.prefix}:paid:delayed`, part.id));
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
