// Quotas that are unknown, removed, invalid, or held by a job that is gone (Q5, B2).
import { parallel } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { eventually } from '../../../../test/kit/wait.js';
import { dispatchersIn } from './dispatchers.js';
import { order, gateOf, held, quick, full } from './quota-tasks.js';

const context = testContext('quota-settings');
const dispatchers = dispatchersIn(context);

it('Q5 an unknown quota is refused at the put, and a lost one fails the job', async () => {
  const queue = context.queue('unknown');
  await expect(queue.put(quick.job(1), { quotas: ['disk'] })).rejects.toMatchObject({
    code: 'DROVER_UNKNOWN_QUOTA',
  });
  expect(await queue.length()).toBe(0);
  await queue.quotas.create('disk', 1);
  const job = await queue.put(quick.job(1), { quotas: ['disk'] });
  await context.redis.hdel(`${context.prefix}:unknown:quotas`, 'disk');
  await dispatchers.start('unknown');
  await expect(job.wait()).rejects.toMatchObject({ code: 'DROVER_UNKNOWN_QUOTA' });
  const part = quick.job(2).with({ quotas: ['nowhere'] });
  const [failure] = await (await queue.put(parallel([part]))).wait();
  expect(failure).toMatchObject({ name: 'UnknownQuotaError' });
});

it('Q5 a quota that pending jobs name cannot be removed', async () => {
  const queue = context.queue('named');
  const { quotas } = queue;
  await quotas.create('disk');
  await quotas.create('full', 0);
  expect(await quotas.get('disk')).toMatchObject({ size: 1 });
  const puts = [
    {},
    { lane: 'other' },
    { beginAfter: 3_600_000 },
    { lane: 'other', beginAfter: 3_600_000 },
  ];
  const jobs = [];
  for (const options of puts) {
    const job = await queue.put(quick.job(1), { ...options, quotas: ['disk'] });
    await expect(quotas.remove('disk')).rejects.toThrow(
      'the quota "disk" of named is in use (jobs that hold it: 0, pending jobs that name it: 1). ' +
        'Remove, cancel or await these first',
    );
    jobs.push(await queue.remove(job).then(() => job));
  }
  const parkedJob = await queue.put(quick.job(2), { quotas: ['full', 'disk'] });
  await dispatchers.start('named');
  await full(queue, 'full', 0, 1);
  await expect(quotas.remove('disk')).rejects.toThrow('pending jobs that name it: 1');
  await expect(quotas.remove('full')).rejects.toThrow('pending jobs that name it: 1');
  await parkedJob.cancel();
  await expect(parkedJob.wait()).rejects.toThrow();
  await quotas.remove('disk');
  await quotas.remove('full');
  expect(await quotas.list()).toEqual([]);
});

it('B2 invalid quotas are refused with the reason', async () => {
  const queue = context.queue('wrong');
  const { quotas } = queue;
  await quotas.create('disk', 2);
  await quotas.create('disk', 2);
  await expect(quotas.create('disk', 3)).rejects.toThrow(/of another size: resize it/);
  await expect(quotas.create('a:b', 1)).rejects.toThrow(/the name of a quota may not contain/);
  for (const size of [-1, 1.5, NaN, '2', null]) {
    await expect(quotas.create('x', size as number)).rejects.toThrow(
      /must be a whole number, from 0/,
    );
  }
  await expect(quotas.resize('none', 1)).rejects.toMatchObject({ code: 'DROVER_UNKNOWN_QUOTA' });
  await expect(quotas.remove('none')).rejects.toMatchObject({ code: 'DROVER_UNKNOWN_QUOTA' });
  expect(await quotas.get('none')).toBeUndefined();
  for (const names of ['disk', [''], [7]]) {
    await expect(queue.put(quick.job(1), { quotas: names as string[] })).rejects.toMatchObject({
      code: 'DROVER_INVALID_ARGUMENT',
    });
  }
  await dispatchers.start('wrong');
  const job = await queue.put(held.job('w1'), { quotas: ['disk', 'disk'] });
  await eventually(() => order.includes('w1'));
  await full(queue, 'disk', 1, 0);
  await expect(quotas.remove('disk')).rejects.toThrow(
    /the quota "disk" of wrong is in use \(jobs that hold it: 1, pending jobs that name it: 0\)/,
  );
  gateOf('w1').open();
  await job.wait();
  await quotas.remove('disk');
  expect(await quotas.list()).toEqual([]);
});

it('Q5 the slot of a job that another tool deleted is freed', async () => {
  const queue = context.queue('deleted');
  await queue.quotas.create('disk', 1);
  const { redis, prefix } = context;
  await redis.hset(`${prefix}:deleted:quota:disk:holders`, 'deleted:gone', 'token');
  await dispatchers.start('deleted');
  expect(await (await queue.put(quick.job(1), { quotas: ['disk'] })).wait()).toBe(1);
});
