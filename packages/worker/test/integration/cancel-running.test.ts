// Cancels of jobs that run: their signal, their late writes, a lost message, threads (O1).
import {
  CancelledError,
  defineTask,
  JobStatus,
  local,
  RetryableError,
  type Job,
} from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { hasStarted } from '../../../../test/kit/dispatchers.js';
import { deaf, heedful } from '../../../../test/kit/thread-tasks.js';
import { eventually } from '../../../../test/kit/wait.js';
import { collect, dispatchersIn, next, readableLogger } from './dispatchers.js';
import { aborted } from '../../../../test/kit/gate.js';
import {
  gateOf,
  noted,
  stubborn,
  heeds,
  got,
  gets,
  cancelled,
  expectCancelled,
} from './cancelled-tasks.js';

const context = testContext('cancel-running');
const dispatchers = dispatchersIn(context);

it('O1 the signal of a running job is aborted at once, with the CancelledError', async () => {
  const dispatcher = await dispatchers.start('signal');
  let reason: unknown;
  const listens = defineTask('cancel.listens', async () => {
    await aborted(local.signal).catch((error: unknown) => (reason = error));
    throw new RetryableError('no retry after a cancel');
  });
  const job = listens.job();
  const begun = hasStarted(dispatcher, job);
  const reassigned = next(dispatcher, 'reassigned');
  await context.queue('signal').put(job);
  await begun;
  await job.cancel('stop it');
  await expectCancelled(job, 'stop it');
  expect((await reassigned).job.id).toBe(job.id);
  expect(reason).toBeInstanceOf(CancelledError);
  expect(reason).toMatchObject(cancelled('stop it'));
});

it('O1, I5 the late result of a cancelled run is refused, and logged once', async () => {
  const { logger, lines } = readableLogger();
  const dispatcher = await dispatchers.start('late', { logger });
  const job = stubborn.job('late');
  await job.addCallback(gets.job());
  const begun = hasStarted(dispatcher, job);
  const reassigned = collect(dispatcher, 'reassigned');
  await context.queue('late').put(job, { retryPolicy: 'RetryCommonForever' });
  await begun;
  await job.cancel('too slow');
  await expectCancelled(job, 'too slow');
  gateOf('late').open();
  await eventually(() => reassigned.length === 1);
  expect(got.splice(0)).toEqual([['CancelledError', 'too slow', 'DROVER_CANCELLED']]);
  expect((await job.refresh()).result).toMatchObject({ message: 'too slow' });
  const ofJob = lines.filter((line) => line['job'] === job.id);
  expect(ofJob.map(({ msg }) => msg)).toEqual([
    'job started',
    'job failed',
    'run ended',
    'reassigned: a late result was refused',
  ]);
});

it('O1, I5 a cancelled run can schedule no more jobs', async () => {
  const dispatcher = await dispatchers.start('schedules');
  const schedules = defineTask('cancel.schedules', async (): Promise<Job> => {
    await gateOf('schedules').opened;
    return noted.job('scheduled late');
  });
  const job = schedules.job();
  const begun = hasStarted(dispatcher, job);
  const reassigned = next(dispatcher, 'reassigned');
  await context.queue('schedules').put(job);
  await begun;
  await job.cancel('no');
  gateOf('schedules').open();
  await reassigned;
  await expectCancelled(job, 'no');
  expect(await context.queue('schedules').jobs({ status: Object.values(JobStatus) })).toMatchObject(
    [
      { status: JobStatus.COMPLETED },
      { status: JobStatus.COMPLETED, task: 'drover.cancel' },
    ].reverse(),
  );
});

it('O1 a run whose cancel message was lost hears of it after the reconnect', async () => {
  const { host, port, password } = context.redis.options;
  const connectionName = 'cancel-lost';
  const dispatcher = await dispatchers.start('lost', {
    connection: { host, port, password, connectionName },
  });
  const job = heeds.job();
  const begun = hasStarted(dispatcher, job);
  const reassigned = next(dispatcher, 'reassigned');
  await context.queue('lost').put(job);
  await begun;
  const clients = String(await context.redis.client('LIST')).split('\n');
  const [id] = clients
    .filter((line) => line.includes(`name=${connectionName}`) && / sub=1 /.test(line))
    .map((line) => /^id=(\d+)/.exec(line)?.[1]);
  await context.redis.client('KILL', 'ID', Number(id));
  await job.cancel('unheard');
  await reassigned;
  await expectCancelled(job, 'unheard');
});

it('O1, D7 a cancel aborts a task in a thread, or ends its thread', async () => {
  const dispatcher = await dispatchers.start('threads', { size: 1, threads: true });
  const queue = context.queue('threads');
  const told = `${context.prefix}:told`;
  for (const job of [heedful.job(told), deaf.job()]) {
    const begun = hasStarted(dispatcher, job);
    const reassigned = next(dispatcher, 'reassigned');
    await queue.put(job);
    await begun;
    if (job.task === heedful.name)
      await eventually(async () => (await context.redis.llen(told)) === 1);
    await job.cancel('in a thread');
    await expectCancelled(job, 'in a thread');
    await reassigned;
  }
  expect(await context.redis.lrange(told, 0, -1)).toEqual(['started', 'CancelledError']);
});
