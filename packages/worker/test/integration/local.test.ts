// The values of `local` in a running task, and the job as a producer sees it meanwhile (J2).
import { defineTask, local, Queue, type Job } from '@drover/core';
import { waitForStart } from '@drover/core/testing';
import { testContext } from '../../../../test/kit/context.js';
import { dispatchersIn } from './dispatchers.js';
import { gate } from '../../../../test/kit/gate.js';

const context = testContext('local');
const dispatchers = dispatchersIn(context);

const look = defineTask('local.look', (..._args: unknown[]) => {
  const job = local.getJob();
  const { id, task, args, status, queue, interruptions, dispatcher } = job;
  const { fence, signal } = local;
  return {
    job: { id, task, args, status, queue, interruptions, dispatcher },
    queue: local.getQueue().name,
    isQueue: local.getQueue() instanceof Queue,
    uuid: local.getDispatcher().uuid,
    fence,
    aborted: signal.aborted,
  };
});

it('J2 a task sees its active job, its queue, its dispatcher and its fence', async () => {
  const { uuid } = await dispatchers.start('look');
  const job = await context.queue('look').put(look.job('a', 1));
  expect(await job.wait()).toEqual({
    job: {
      id: job.id,
      task: 'local.look',
      args: ['a', 1],
      status: 'active',
      queue: 'look',
      interruptions: 0,
      dispatcher: uuid,
    },
    queue: 'look',
    isQueue: true,
    uuid,
    fence: 1,
    aborted: false,
  });
});

const open = gate();
const waits = defineTask('local.waits', async () => {
  await open.opened;
  return local.fence;
});

it('J2 a producer sees a job pending, active and completed', async () => {
  const job = await context.queue('statuses').put(waits.job());
  expect(job.status).toBe('pending');
  const { uuid } = await dispatchers.start('statuses');
  await waitForStart(job);
  expect(job).toMatchObject({ status: 'active', dispatcher: uuid, result: undefined });
  expect((await context.queue('statuses').jobs({ status: 'active' })).map(({ id }) => id)).toEqual([
    job.id,
  ]);
  expect(await context.queue('statuses').length()).toBe(0);
  open.open();
  await job.wait();
  expect(job).toMatchObject({ status: 'completed', dispatcher: uuid, result: 1 });
});

const puts = defineTask('local.puts', async (value: string) => {
  const job = await local.getQueue().put(look.job(value));
  return job.id;
});

it('a task puts jobs into its own queue', async () => {
  await dispatchers.start('puts');
  const job = await context.queue('puts').put(puts.job('inner'));
  const inner = (await context.queue('puts').get((await job.wait()) as string)) as Job<{
    job: { args: unknown[] };
  }>;
  expect((await inner.wait()).job.args).toEqual(['inner']);
});

const argumentsOf = defineTask('local.arguments', (...args: unknown[]) => args);

it('J4 arguments arrive as given: undefined, jobs as handles, objects like tags', async () => {
  await dispatchers.start('arguments');
  const queue = context.queue('arguments');
  const other = await queue.put(argumentsOf.job('other'));
  await other.wait();
  const seen: unknown[] = [];
  const keep = defineTask('local.keep', async (...args: unknown[]) => {
    seen.push(...args);
    await (args[0] as Job).refresh();
  });
  await (await queue.put(keep.job(other, undefined, { $drover: 'undefined' }, [undefined]))).wait();
  expect(seen.slice(1)).toStrictEqual([undefined, { $drover: 'undefined' }, [undefined]]);
  expect(seen[0]).toMatchObject({ id: other.id, status: 'completed', result: ['other'] });
});

it('a task that closes its queue does not close it for other tasks', async () => {
  await dispatchers.start('closes');
  const closes = defineTask('local.closes', async () => await local.getQueue().close());
  const counts = defineTask('local.counts', async () => await local.getQueue().length());
  const queue = context.queue('closes');
  await (await queue.put(closes.job())).wait();
  expect(await (await queue.put(counts.job())).wait()).toBe(0);
});
