// Retrying single failed jobs (O3).
import {
  BadStatusError,
  defineRetryPolicy,
  defineTask,
  Failure,
  JobStatus,
  local,
  type Job,
} from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { hasStarted } from '../../../../test/kit/dispatchers.js';
import { eventually } from '../../../../test/kit/wait.js';
import { dispatchersIn } from './dispatchers.js';
import { aborted, gate } from '../../../../test/kit/gate.js';

const context = testContext('retry');
const dispatchers = dispatchersIn(context);

let failing = true;
const ran: unknown[] = [];
beforeEach(() => {
  failing = true;
  ran.splice(0);
});
const flaky = defineTask('retry.flaky', (value: unknown) => {
  ran.push(value);
  if (failing) throw new Error('not yet');
  return value;
});
const gets = defineTask('retry.gets', (what: string, result: unknown) => {
  ran.push([what, result instanceof Failure ? result.message : result]);
});

/** Puts the job, and waits for its failure. */
async function failed<J extends Job>(queue: string, job: J, options: object = {}): Promise<J> {
  await context.queue(queue).put(job, options);
  await expect(job.wait({ timeout: 10_000 })).rejects.toThrow('not yet');
  ran.splice(0);
  failing = false;
  return job;
}

it('O3 a retried job is pending at the tail of its lane, and its fence rises', async () => {
  const fenced = defineTask('retry.fenced', () => {
    if (failing) throw new Error('not yet');
    return local.fence;
  });
  const dispatcher = await dispatchers.start('tail');
  const job = await failed('tail', fenced.job());
  await dispatcher.deactivate();
  const queue = context.queue('tail');
  const other = await queue.put(flaky.job('other'), { lane: 'main' });
  expect(await job.retry()).toBe(job);
  expect(job).toMatchObject({ status: JobStatus.PENDING, result: undefined });
  expect((await queue.jobs()).map(({ id }) => id)).toEqual([other.id, job.id]);
  expect(await queue.length()).toBe(2);
  expect(await queue.jobs({ status: JobStatus.COMPLETED })).toEqual([]);
  await dispatchers.start('tail');
  expect(await job.wait()).toBe(2);
});

it('O3 a wait after a retry gets the new result, and refresh updates an old handle', async () => {
  await dispatchers.start('handles');
  const job = await failed('handles', flaky.job('new'));
  const old = (await context.queue('handles').get(job.id)) as Job;
  await job.retry();
  const other = (await context.queue('handles').get(job.id)) as Job;
  expect(await other.wait()).toBe('new');
  expect(old.result).toBeInstanceOf(Failure);
  expect((await old.refresh()).result).toBe('new');
});

it('O3 of several parallel retries one succeeds', async () => {
  const dispatcher = await dispatchers.start('race');
  const job = await failed('race', flaky.job('race'));
  await dispatcher.deactivate();
  const handles = await Promise.all([1, 2, 3, 4].map(() => context.queue('race').get(job.id)));
  const results = await Promise.allSettled(handles.map((handle) => (handle as Job).retry()));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const result of results)
    if (result.status === 'rejected')
      expect(result.reason).toMatchObject({
        code: 'DROVER_BAD_STATUS',
        message: expect.stringContaining('is pending') as string,
      });
  expect(await context.queue('race').length()).toBe(1);
  await dispatchers.start('race');
  expect(await (await job.refresh()).wait()).toBe('race');
  expect(ran).toEqual(['race']);
});

it('O3, R1 the policy begins anew, and interruptions count on', async () => {
  const counts = defineRetryPolicy('retry.counts', {
    jobError: (_failure, data) => (data['count'] = Number(data['count'] ?? 0) + 1) < 3,
    commitError: () => false,
    interrupted: () => true,
  });
  const pauses = defineTask('retry.pauses', async () => {
    ran.push(local.fence);
    if (local.fence === 1) await aborted(local.signal);
    throw new Error('not yet');
  });
  const first = await dispatchers.start('policy');
  const job = pauses.job();
  const begun = hasStarted(first, job);
  await context.queue('policy').put(job, { retryPolicy: counts });
  await begun;
  await first.deactivate();
  await dispatchers.start('policy');
  await expect(job.wait()).rejects.toThrow('not yet');
  expect(ran).toEqual([1, 2, 3, 4]);
  await job.retry();
  await expect(job.wait()).rejects.toThrow('not yet');
  expect(ran).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect((await job.refresh()).interruptions).toBe(1);
});

it('O3, Q2 its beginBy counts from the retry', async () => {
  const queue = context.queue('begin-by');
  const job = await queue.put(flaky.job('in time'), { beginBy: 400 });
  failing = false;
  const dispatcher = await dispatchers.start('begin-by', {
    queues: { 'begin-by': { other: { lanes: ['other'] } } },
  });
  await expect(job.wait()).rejects.toMatchObject({ code: 'DROVER_TIMEOUT' });
  await job.retry();
  await expect(job.wait()).rejects.toMatchObject({ code: 'DROVER_TIMEOUT' });
  await dispatcher.deactivate();
  // It is active before the retry, so that its start takes no part of the beginBy.
  await dispatchers.start('begin-by');
  await job.retry();
  expect(await job.wait()).toBe('in time');
});

it('O3, J7 callbacks that ran do not run again, and a new one gets the new result', async () => {
  const dispatcher = await dispatchers.start('callbacks');
  const job = flaky.job('value');
  await job.addCallback(gets.job('old') as Job);
  await failed('callbacks', job);
  await dispatcher.deactivate();
  await job.retry();
  const added = await job.addCallback(gets.job('new') as Job);
  await dispatchers.start('callbacks');
  expect(await job.wait()).toBe('value');
  await added.wait();
  expect(ran).toEqual(['value', ['new', 'value']]);
});

it('O3, Q5, Q6 a retried job stays in its lane, and takes its quotas again', async () => {
  const queue = context.queue('quotas');
  await queue.quotas.create('one', 1);
  await dispatchers.start('quotas', { queues: { quotas: { gpu: { lanes: ['gpu'], size: 4 } } } });
  const finish = gate();
  const holds = defineTask('retry.holds', async () => await finish.opened);
  const job = await failed('quotas', flaky.job('gpu'), { lane: 'gpu', quotas: ['one'] });
  await queue.put(holds.job(), { lane: 'gpu', quotas: ['one'] });
  await eventually(async () => (await queue.quotas.get('one'))?.holders.length === 1);
  await job.retry();
  await eventually(async () => (await queue.quotas.get('one'))?.waiters === 1);
  finish.open();
  expect(await job.wait()).toBe('gpu');
  await eventually(async () => (await queue.quotas.get('one'))?.holders.length === 0);
});

it('O3, O5 a retried job does not repeat its once steps', async () => {
  const pays = defineTask('retry.pays', async () => {
    await local.once('pay', () => void ran.push('paid'));
    if (failing) throw new Error('not yet');
    return 'done';
  });
  await dispatchers.start('once');
  const job = pays.job();
  await context.queue('once').put(job);
  await expect(job.wait()).rejects.toThrow('not yet');
  failing = false;
  await job.retry();
  expect(await job.wait()).toBe('done');
  expect(ran).toEqual(['paid']);
});

it('O1, O3 a cancelled job can be retried, and cancelled again', async () => {
  const job = await context.queue('cancelled').put(flaky.job('again'));
  await job.cancel('first');
  await dispatchers.start('cancelled');
  await expect(job.wait()).rejects.toThrow('first');
  const waits = gate();
  const holds = defineTask('retry.occupies', async () => await waits.opened);
  const others = await context
    .queue('cancelled')
    .putAll(Array.from({ length: 10 }, () => holds.job()));
  await eventually(async () => (await others.at(-1)?.refresh())?.status === JobStatus.ACTIVE);
  await job.retry();
  expect(job.status).toBe(JobStatus.PENDING);
  await job.cancel('second');
  await expect(job.wait()).rejects.toThrow('second');
  failing = false;
  await job.retry();
  waits.open();
  expect(await job.wait()).toBe('again');
  expect(ran).toEqual(['again']);
});

describe('O3 a retry is refused, and changes nothing,', () => {
  const refused = async (job: Job, message: string) => {
    const before = job.status;
    await expect(job.retry()).rejects.toThrow(message);
    await expect(job.retry()).rejects.toBeInstanceOf(BadStatusError);
    expect(job.status).toBe(before);
  };

  it('of a job that is new, pending, active, succeeded or removed', async () => {
    const queue = context.queue('refused');
    const open = gate();
    const job = defineTask('retry.runs', async () => await open.opened).job();
    await refused(job as Job, 'is new: put it into a queue first');
    await queue.put(job);
    await refused(job as Job, 'is pending: only a job that has completed can be retried');
    const dispatcher = dispatchers.make('refused');
    const begun = hasStarted(dispatcher, job);
    await dispatcher.activate();
    await begun;
    await job.refresh();
    await refused(job as Job, 'is active: only a job that has completed can be retried');
    open.open();
    await job.wait();
    await refused(job as Job, 'has succeeded: only a failed job can be retried');
    await dispatcher.deactivate();
    const gone = await queue.put(flaky.job('gone'));
    await queue.remove(gone);
    await refused(gone, 'is not stored: it was removed, or has not begun');
  });

  it('of a callback whose job has not completed', async () => {
    await dispatchers.start('callback');
    const open = gate();
    const job = defineTask('retry.done', () => 1).job();
    const first = await job.addCallback(
      flaky.job('callback').with({ retryPolicy: 'NeverRetry' }) as Job,
    );
    await job.addCallback(defineTask('retry.second', async () => await open.opened).job() as Job);
    await context.queue('callback').put(job);
    await expect(first.wait()).rejects.toThrow('not yet');
    await refused(first, 'belongs to a job that has not completed, as its part or its callback');
    open.open();
    await job.wait();
    failing = false;
    await first.retry();
    expect(await first.wait()).toBe('callback');
  });
});
