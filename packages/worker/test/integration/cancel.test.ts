// Cancelling single jobs of any status: each ends with a CancelledError, and later writes of its
// run are refused (O1, I5).
import {
  BadStatusError,
  defineRetryPolicy,
  defineTask,
  InvalidArgumentError,
  JobStatus,
  type Job,
} from '@drover/core';
import { waitForStatus } from '@drover/core/testing';
import { testContext } from '../../../../test/kit/context.js';
import { hasStarted } from '../../../../test/kit/dispatchers.js';
import { eventually } from '../../../../test/kit/wait.js';
import { dispatchersIn, next } from './dispatchers.js';
import {
  started,
  gateOf,
  noted,
  stubborn,
  heeds,
  got,
  gets,
  cancelled,
  expectCancelled,
} from './cancelled-tasks.js';

const context = testContext('cancel');
const dispatchers = dispatchersIn(context);

it('O1 a cancelled pending job ends without running, and its callbacks run', async () => {
  const queue = context.queue('pending');
  const job = noted.job('pending');
  await job.addCallback(gets.job());
  await queue.putAll([job, noted.job('other')]);
  await job.cancel('not needed');
  const [ender] = await queue.jobs();
  expect(ender).toMatchObject({ task: 'drover.cancel', args: [{ id: job.id }, 'not needed'] });
  const failed = next(await dispatchers.start('pending'), 'failed');
  await expectCancelled(job, 'not needed');
  expect(await failed).toMatchObject({
    job: { id: job.id },
    queue: 'pending',
    failure: { message: 'not needed' },
  });
  expect(got.splice(0)).toEqual([['CancelledError', 'not needed', 'DROVER_CANCELLED']]);
  await eventually(() => started.includes('other'));
  expect(started).not.toContain('pending');
  expect(await ender?.wait()).toBe('cancelled');
});

it.each<[string, object]>([
  ['that is not due', { beginAfter: 3_600_000 }],
  ['in another lane, which nobody serves', { lane: 'nobody' }],
])('O1 a pending job %s can be cancelled', async (what, options) => {
  const name = what.replaceAll(/\W/g, '-');
  await dispatchers.start(name);
  const job = await context.queue(name).put(noted.job(what), options);
  await job.cancel();
  await expectCancelled(job, `${String(job)} was cancelled`);
  expect(await context.queue(name).length()).toBe(0);
  expect(started).not.toContain(what);
});

it('O1, Q5 cancelled jobs leave the quota queue, and free their slot', async () => {
  const queue = context.queue('quotas');
  await queue.quotas.create('one', 1);
  const dispatcher = await dispatchers.start('quotas');
  const holder = stubborn.job('holder');
  const begun = hasStarted(dispatcher, holder);
  const [, waiter, last] = await queue.putAll([holder, noted.job('waiter'), noted.job('last')], {
    quotas: ['one'],
  });
  await begun;
  await eventually(async () => (await queue.quotas.get('one'))?.waiters === 2);
  await waiter?.cancel('waiter');
  await expectCancelled(waiter as Job, 'waiter');
  expect((await queue.quotas.get('one'))?.waiters).toBe(1);
  await holder.cancel('holder');
  await expectCancelled(holder, 'holder');
  await last?.wait();
  expect(started).toEqual(expect.arrayContaining(['holder', 'last']));
  expect(started).not.toContain('waiter');
  gateOf('holder').open();
});

it('O1 a job that waits for a retry is not retried after a cancel', async () => {
  let runs = 0;
  const hourly = defineRetryPolicy('cancel.hourly', {
    jobError: () => 3_600_000,
    commitError: () => false,
    interrupted: () => false,
  });
  const failing = defineTask('cancel.failing', () => {
    runs++;
    throw new Error('later');
  });
  await dispatchers.start('again');
  const job = await context.queue('again').put(failing.job(), { retryPolicy: hourly });
  await eventually(async () => runs === 1 && (await job.refresh()).status === JobStatus.PENDING);
  await job.cancel('enough');
  await expectCancelled(job, 'enough');
  expect(runs).toBe(1);
  expect(await context.queue('again').length()).toBe(0);
});

it('O1, J5 a job that waits for a returned job is cancelled with it', async () => {
  const dispatcher = await dispatchers.start('returned');
  const queue = context.queue('returned');
  const inner = stubborn.job('inner');
  const returns = defineTask('cancel.returns', (job: Job) => job);
  const begun = hasStarted(dispatcher, inner);
  const outer = await queue.put(returns.job(inner));
  await begun;
  await waitForStatus(outer, JobStatus.ACTIVE);
  await eventually(
    async () => (await context.redis.zcard(`${context.prefix}:returned:waiting-children`)) === 1,
  );
  await outer.cancel('both');
  await expectCancelled(outer, 'both');
  await expectCancelled(inner, 'both');
  gateOf('inner').open();
});

it('O1 a job that has its result cannot be cancelled', async () => {
  const dispatcher = await dispatchers.start('result');
  const queue = context.queue('result');
  const job = noted.job('done');
  const callback = await job.addCallback(stubborn.job('callback') as Job);
  const begun = hasStarted(dispatcher, callback);
  await queue.put(job);
  await begun;
  await expect(job.cancel()).rejects.toThrow(
    `${String(job)} is callbacks: what has its result cannot be cancelled`,
  );
  expect(job.status).toBe(JobStatus.CALLBACKS);
  gateOf('callback').open();
  await job.wait();
  await expect(job.cancel()).rejects.toThrow(
    `${String(job)} is completed: what has its result cannot be cancelled`,
  );
});

it('O1 a cancelled callback ends at its turn, a running one at once', async () => {
  const dispatcher = await dispatchers.start('callback');
  const job = noted.job('with callbacks');
  const first = await job.addCallback(stubborn.job('first') as Job);
  const second = await job.addCallback(noted.job('second') as Job);
  const third = await job.addCallback(noted.job('third') as Job);
  const begun = hasStarted(dispatcher, first);
  await context.queue('callback').put(job);
  await second.cancel('held');
  expect((await second.refresh()).status).not.toBe(JobStatus.COMPLETED);
  await begun;
  await first.cancel('running');
  await expectCancelled(first, 'running');
  await expectCancelled(second, 'held');
  await job.wait();
  await third.wait();
  expect(started).toContain('third');
  expect(started).not.toContain('second');
  gateOf('first').open();
});

it('O1 a repeated cancel changes nothing: the first reason stands', async () => {
  const job = await context.queue('twice').put(noted.job('twice'));
  await Promise.all([job.cancel('first'), job.cancel('second'), job.cancel('third')]);
  await job.cancel('fourth');
  expect((await context.queue('twice').jobs()).map(({ task }) => task)).toEqual(['drover.cancel']);
  await dispatchers.start('twice');
  await expectCancelled(job, 'first');
  await job.cancel('fifth');
  await expectCancelled(job, 'first');
});

it("O1 a cancel of an interrupted job comes before its interrupt's decision", async () => {
  const dispatcher = await dispatchers.start('interrupted');
  const job = heeds.job();
  const begun = hasStarted(dispatcher, job);
  const queue = context.queue('interrupted');
  await queue.put(job);
  await begun;
  await dispatcher.deactivate();
  const [handler] = await queue.jobs();
  expect(handler?.task).toBe('drover.handleInterrupt');
  await job.cancel('instead');
  await dispatchers.start('interrupted');
  await expect(job.wait()).rejects.toMatchObject(cancelled('instead'));
  expect(await handler?.wait()).toBe('nothing');
  expect((await job.refresh()).interruptions).toBe(1);
});

describe('O1 a cancel is refused, and changes nothing,', () => {
  it('of a new and of a removed job', async () => {
    const queue = context.queue('refused');
    const job = noted.job('refused');
    await expect(job.cancel()).rejects.toThrow(BadStatusError);
    await queue.put(job);
    await queue.remove(job);
    await expect(job.cancel()).rejects.toThrow('is not stored: it was removed, or has not begun');
    expect(await queue.jobs({ status: Object.values(JobStatus) })).toEqual([]);
  });

  it('with a reason that is no string', async () => {
    const job = await context.queue('reason').put(noted.job('reason'));
    await expect(job.cancel(7 as never)).rejects.toThrow(InvalidArgumentError);
    expect((await job.refresh()).status).toBe(JobStatus.PENDING);
  });

  it('of the jobs that decide about others', async () => {
    const queue = context.queue('deciding');
    await (await queue.put(noted.job('x'))).cancel();
    const [ender] = await queue.jobs();
    await expect(ender?.cancel()).rejects.toThrow('decides about another job');
  });
});
