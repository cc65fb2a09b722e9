// Changes of pending jobs while dispatchers run (Q12): a promoted job begins, a step that has not
// begun gets other arguments, and a job of a task is changed before it is stored.
import { defineTask, local, type Job } from '@drover/core';
import { serial } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { gate } from '../../../../test/kit/gate.js';
import { eventually } from '../../../../test/kit/wait.js';
import { dispatchersIn } from './dispatchers.js';

const context = testContext('update-running');
const HOUR = 3_600_000;
const PATIENCE = { timeout: 20_000 };
const echo = defineTask('update-running.echo', (...values: unknown[]) => values);
const queue = context.queue('work');

beforeAll(async () => {
  await queue.quotas.create('one', 1);
  await dispatchersIn(context).start('work', { size: 3 });
});

it('Q12 a promoted job begins at once, with its other changes', async () => {
  const job = await queue.put(echo.job('old'), { beginAfter: HOUR });
  await job.update({ beginAfter: 0, args: ['new'], timeout: 5_000 });
  expect(await job.wait(PATIENCE)).toEqual(['new']);
  expect((await job.refresh()).options).toMatchObject({ beginAfter: 0, timeout: 5_000 });
});

it('Q2, Q12 a job gets a deadline while it waits, and ends by it', async () => {
  const job = await queue.put(echo.job(1), { beginAfter: HOUR, failureLogLevel: 'debug' });
  await job.update({ beginAfter: null, quotas: ['one'] });
  await job.wait(PATIENCE);
  const held = gate();
  const holds = defineTask('update-running.holds', async () => await held.opened);
  const holder = await queue.put(holds.job(), { quotas: ['one'] });
  await eventually(async () => (await holder.refresh()).status === 'active');
  const parked = await queue.put(echo.job(2), { quotas: ['one'], failureLogLevel: 'debug' });
  await eventually(async () => (await queue.counts()).waitingForQuota === 1);
  await parked.update({ beginBy: 1 });
  await expect(parked.wait(PATIENCE)).rejects.toThrow(/was to begin by/);
  const other = await queue.put(echo.job(3), { quotas: ['one'] });
  await eventually(async () => (await queue.counts()).waitingForQuota === 1);
  await other.update({ quotas: null, args: ['without'] });
  expect(await other.wait(PATIENCE)).toEqual(['without']);
  held.open();
  await holder.wait(PATIENCE);
});

it.each([2, 8])(
  'Q12 a later step of a serial of %i is changed while the first one runs',
  async (n) => {
    const opened = gate();
    const waits = defineTask(`update-running.waits-${n}`, async () => await opened.opened);
    const steps = [waits.job(), ...Array.from({ length: n - 1 }, (_, i) => echo.job(i))] as Job[];
    const job = await queue.put(serial(steps));
    const [first, second] = steps as [Job, Job];
    await eventually(async () => (await first.refresh()).status === 'active');
    await expect(first.update({ args: [1] })).rejects.toThrow('is active: a job can be changed');
    await second.update({ args: ['changed'] });
    opened.open();
    const [, result] = (await job.wait(PATIENCE)) as unknown[];
    expect(result).toEqual(['changed']);
  },
);

it('J6, Q12 a job that a task has put is changed before it is stored', async () => {
  const puts = defineTask('update-running.puts', async () => {
    const put = await local.getQueue().put(echo.job('old'), { beginAfter: HOUR, quotas: ['one'] });
    await put.update({ args: ['new'], beginAfter: 0, quotas: null, timeout: 5_000 });
    await put.update({ quotas: ['none'] }).catch(() => {});
    return { put };
  });
  const { put } = (await (await queue.put(puts.job())).wait(PATIENCE)) as { put: Job };
  expect(await put.wait(PATIENCE)).toEqual(['new']);
  expect((await put.refresh()).options).toEqual({ beginAfter: 0, timeout: 5_000 });
});
