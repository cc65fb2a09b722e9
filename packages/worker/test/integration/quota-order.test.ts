// The order of jobs in their quotas is that of the queue, for all dispatchers, also after a retry
// and an interrupt (Q4, Q5).
import { defineTask, local, RetryableError } from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { aborted } from '../../../../test/kit/gate.js';
import { hasStarted } from '../../../../test/kit/dispatchers.js';
import { dispatchersIn } from './dispatchers.js';

const context = testContext('quota-order');
const dispatchers = dispatchersIn(context);
const runs: string[] = [];
const again = defineTask('quotaOrder.again', (name: string) => {
  runs.push(name);
  if (name === 'A' && runs.filter((run) => run === 'A').length === 1)
    throw new RetryableError('again');
});
const heeds = defineTask('quotaOrder.heeds', async (name: string) => {
  runs.push(name);
  if (name === 'A' && local.fence === 1) await aborted(local.signal);
});
beforeEach(() => runs.splice(0));

it('Q4 a job that is retried at once starts before later ones of its quota', async () => {
  const queue = context.queue('retried');
  await queue.quotas.create('one', 1);
  const jobs = await queue.putAll(
    ['A', 'B', 'C'].map((name) => again.job(name).with({ quotas: ['one'] })),
  );
  await dispatchers.start('retried', { size: 3 });
  await Promise.all(jobs.map((job) => job.wait()));
  expect(runs).toEqual(['A', 'A', 'B', 'C']);
});

it('Q4 a job that was interrupted starts before later ones of its quota', async () => {
  const queue = context.queue('interrupted');
  await queue.quotas.create('one', 1);
  const jobs = ['A', 'B', 'C'].map((name) => heeds.job(name).with({ quotas: ['one'] }));
  const first = await dispatchers.start('interrupted', { size: 1 });
  const started = hasStarted(first, jobs[0] as (typeof jobs)[0]);
  await queue.putAll(jobs);
  await started;
  await dispatchers.start('interrupted', { size: 3 });
  await first.deactivate();
  await Promise.all(jobs.map((job) => job.wait()));
  expect(runs).toEqual(['A', 'A', 'B', 'C']);
});

it('Q5 three dispatchers start the jobs of a quota in the order of the queue', async () => {
  const queue = context.queue('order');
  await queue.quotas.create('one', 1);
  for (let i = 0; i < 3; i++) await dispatchers.start('order', { size: 5 });
  const names = Array.from({ length: 30 }, (_, i) => `${i}`);
  const jobs = [];
  for (const name of names) jobs.push(await queue.put(again.job(name), { quotas: ['one'] }));
  await Promise.all(jobs.map((job) => job.wait()));
  expect(runs).toEqual(names);
});
