// Usage, "Job quotas": work of one kind that is not to run all at once, whoever runs it; and how
// quotas are configured.
import { defineTask, local } from '@drover/core';
import { waitForAnnotation } from '@drover/core/testing';
import { testContext } from '../kit/context.js';
import { dispatchersIn } from '../kit/dispatchers.js';

const context = testContext('usage-quotas');
const queue = context.queue('indexes');
beforeAll(async () => void (await dispatchersIn(context).start('indexes')));

/** Says that it has begun, and goes on when it is told to. */
const update = defineTask('quotas.update', async (name: string) => {
  await local.setLiveAnnotation('begun', true);
  await local.getLiveAnnotation('go on', { timeout: 20_000 });
  return name;
});

// Two jobs without a quota run at the same time: each begins while the other one is not done.
it('Q5 jobs without a quota run side by side', async () => {
  const jobs = [await queue.put(update.job('a')), await queue.put(update.job('b'))];
  for (const job of jobs) await waitForAnnotation(job, 'begun');
  for (const job of jobs) await job.annotate('go on', true);
  expect(await Promise.all(jobs.map((job) => job.wait()))).toEqual(['a', 'b']);
});

// A quota is a name and a size. Of the jobs of a queue that name it, so many run at a time, across
// all dispatchers; here, one after another.
it('Q5 jobs of a quota of one run one after another', async () => {
  await queue.quotas.create('index', 1);
  const first = await queue.put(update.job('a'), { quotas: ['index'] });
  const second = await queue.put(update.job('b'), { quotas: ['index'] });
  await waitForAnnotation(first, 'begun');
  expect(await queue.quotas.get('index')).toMatchObject({ size: 1, holders: [first.id] });
  expect((await second.refresh()).annotations).toEqual({});

  // A job without a quota is not held up by parked jobs, which take no slot of an agent.
  const other = await queue.put(update.job('c'));
  await waitForAnnotation(other, 'begun');
  await other.annotate('go on', true);
  await other.wait();
  expect((await second.refresh()).annotations).toEqual({});

  await first.annotate('go on', true);
  await waitForAnnotation(second, 'begun');
  expect((await first.refresh()).status).toBe('completed');
  await second.annotate('go on', true);
  expect(await second.wait()).toBe('b');
});

// A name that the queue does not know is a mistake, which is told when the job is put.
it('Q5 an unknown quota is refused', async () => {
  await expect(queue.put(update.job('a'), { quotas: ['idnex'] })).rejects.toMatchObject({
    name: 'UnknownQuotaError',
    message: expect.stringContaining('has no quota "idnex"') as string,
  });
});

// The size can be changed at any time. A larger one lets waiting jobs begin at once; a smaller one
// leaves alone what runs.
it('Q5 the size can be changed while jobs wait', async () => {
  await queue.quotas.create('licence', 1);
  const jobs = [update.job('a'), update.job('b')].map((job) => job.with({ quotas: ['licence'] }));
  await queue.putAll(jobs);
  await waitForAnnotation(jobs[0]!, 'begun');
  await queue.quotas.resize('licence', 2);
  await waitForAnnotation(jobs[1]!, 'begun');
  await queue.quotas.resize('licence', 1);
  expect((await queue.quotas.get('licence'))?.holders).toHaveLength(2);

  for (const job of jobs) await job.annotate('go on', true);
  await Promise.all(jobs.map((job) => job.wait()));
});

// A quota without holders and parked jobs can be removed.
it('Q5 a quota can be removed when it is free', async () => {
  await queue.quotas.create('seat', 1);
  const job = await queue.put(update.job('a'), { quotas: ['seat'] });
  await waitForAnnotation(job, 'begun');
  await expect(queue.quotas.remove('seat')).rejects.toMatchObject({ name: 'BadStatusError' });
  await job.annotate('go on', true);
  await job.wait();
  await queue.quotas.remove('seat');
  expect((await queue.quotas.list()).map(({ name }) => name)).not.toContain('seat');
});
