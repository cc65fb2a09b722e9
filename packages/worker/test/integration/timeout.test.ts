// The option `timeout`: a try that takes longer ends as a TimeoutError (J10).
import {
  defineTask,
  local,
  NeverRetry,
  Queue,
  retry,
  TimeoutError,
  type Failure,
  type Job,
} from '@drover/core';
import { parallel, serial } from '@drover/composite';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { testContext } from '../../../../test/kit/context.js';
import { aborted, gatesByName } from '../../../../test/kit/gate.js';
import { busy, heedful, where } from '../../../../test/kit/thread-tasks.js';
import { eventually } from '../../../../test/kit/wait.js';
import { dispatchersIn, readableLogger } from './dispatchers.js';

const context = testContext('timeout');
const dispatchers = dispatchersIn(context);

const SHORT = 30;
const gateOf = gatesByName();

const echo = defineTask('timeout.echo', (value: unknown): unknown => value);
const reasons: unknown[] = [];
/** Heeds its signal. */
const heeds = defineTask('timeout.heeds', async (times: number) => {
  if (local.attempt > times) return local.attempt;
  local.signal.addEventListener('abort', () => reasons.push(local.signal.reason));
  return await aborted(local.signal);
});
/** Ignores its signal, and goes on when its gate is open. */
const late: unknown[] = [];
const deaf = defineTask('timeout.deaf', async (name: string) => {
  const queue = local.getQueue();
  await queue.put(echo.job('put before'));
  await gateOf(name).opened;
  const errors: unknown[] = [
    await queue.put(echo.job('put after')).catch(String),
    await local.setLiveAnnotation('late', 1).catch(String),
    await local.once('late', () => 1).catch(String),
    await local.getJob().annotate('own', 1).catch(String),
  ];
  late.push(errors);
  return 'too late';
});

const failureOf = async (job: Job): Promise<Failure> => {
  await job.wait().catch(() => {});
  return job.result as Failure;
};

it('J10 a try that takes longer is told to stop, and fails as a TimeoutError', async () => {
  const dispatcher = await dispatchers.start('heeds', { size: 1 });
  const queue = context.queue('heeds');
  const job = (await queue.put(heeds.job(9), { timeout: SHORT })) as Job;
  const { name, message } = await failureOf(job);
  expect(name).toBe('TimeoutError');
  expect(message).toBe(`job ${job.id} (timeout.heeds) took longer than its timeout of ${SHORT} ms`);
  expect(reasons.at(-1)).toBeInstanceOf(TimeoutError);
  expect((await job.refresh()).attempts).toBe(1);
  expect(await (await queue.put(echo.job(1), { timeout: 10_000 })).wait()).toBe(1);
  expect(dispatcher.statistics().stuck.count).toBe(0);
});

it('J10, R1 the policy decides: a retry has its own time', async () => {
  await dispatchers.start('retried');
  const queue = context.queue('retried');
  const retryPolicy = retry({ attempts: 3, backoff: 0, on: TimeoutError });
  const job = await queue.put(heeds.job(2), { timeout: SHORT, retryPolicy });
  expect(await job.wait()).toBe(3);
});

it('J10, I5 a body that ignores its signal loses its claim, and keeps its slot until it ends', async () => {
  const { logger, lines } = readableLogger();
  const dispatcher = await dispatchers.start('deaf', { size: 1, logger });
  const queue = context.queue('deaf');
  const job = (await queue.put(deaf.job('deaf'), {
    timeout: SHORT,
    retryPolicy: NeverRetry,
  })) as Job;
  const next = await queue.put(echo.job('next'));
  expect((await failureOf(job)).name).toBe('TimeoutError');
  await eventually(() => dispatcher.statistics().stuck.count === 1);
  expect(dispatcher.statistics().stuck.longest?.id).toBe(job.id);
  expect(dispatcher.activeJobs()).toEqual([]);
  expect((await next.refresh()).status).toBe('pending');
  gateOf('deaf').open();
  expect(await next.wait()).toBe('next');
  await eventually(() => dispatcher.statistics().stuck.count === 0);
  expect(late).toEqual([Array<unknown>(4).fill(expect.stringMatching(/has ended/))]);
  const found = await job.refresh();
  expect([(found.result as Failure).name, found.annotations]).toEqual(['TimeoutError', {}]);
  // No put of the run is stored.
  expect(await queue.jobs({ status: ['pending', 'completed'], task: echo })).toHaveLength(1);
  const told = lines.filter(({ msg }) => msg.startsWith('the slot is')).map(({ msg }) => msg);
  expect(told).toEqual([
    'the slot is stuck: its task goes on after the timeout of its job',
    'the slot is free again: its task has ended after the timeout of its job',
  ]);
});

it('J10 a body that blocks its event loop has timed out when it returns', async () => {
  await dispatchers.start('blocks');
  const queue = context.queue('blocks');
  const blocks = defineTask('timeout.blocks', (ms: number) => {
    for (const end = performance.now() + ms; performance.now() < end;);
    return 'done';
  });
  const jobs = await queue.putAll([blocks.job(2 * SHORT), blocks.job(0)], { timeout: SHORT });
  expect((await failureOf(jobs[0] as Job)).name).toBe('TimeoutError');
  expect(await jobs[1]?.wait()).toBe('done');
});

it('D7, J10 in a thread the thread is ended', async () => {
  const dispatcher = await dispatchers.start('threads', { size: 1, threads: true });
  const queue = context.queue('threads');
  const first = await (await queue.put(where.job())).wait();
  const endless = (await queue.put(busy.job(1e9), { timeout: SHORT })) as Job;
  expect((await failureOf(endless)).name).toBe('TimeoutError');
  const second = await (await queue.put(where.job())).wait();
  expect(second).not.toBe(first);
  // One that heeds its signal leaves the thread to the next job.
  const stops = (await queue.put(heedful.job(`${context.prefix}:told`), { timeout: SHORT })) as Job;
  expect((await failureOf(stops)).name).toBe('TimeoutError');
  expect(await (await queue.put(where.job())).wait()).toBe(second);
  expect(dispatcher.statistics().stuck.count).toBe(0);
});

it('J10 a composite waits without a limit, and its parts have their own', async () => {
  await dispatchers.start('composite');
  const queue = context.queue('composite');
  const slow = defineTask('timeout.slow', async () => {
    await new Promise((resolve) => setTimeout(resolve, 2 * SHORT));
    return 'slow';
  });
  const job = parallel([
    ...Array.from({ length: 40 }, () => slow.job() as Job),
    heeds.job(9).with({ timeout: SHORT }) as Job,
  ]).with({ timeout: SHORT });
  await queue.put(job);
  await job.wait();
  const parts = await Promise.all(job.jobs.map((part) => part.refresh()));
  expect(parts.slice(0, 40).map(({ result }) => result)).toEqual(Array<unknown>(40).fill('slow'));
  expect((parts[40]?.result as Failure).name).toBe('TimeoutError');
  const callback = serial([echo.job(1) as Job]);
  const added = await callback.addCallback(heeds.job(9).with({ timeout: SHORT }) as never as Job);
  await queue.put(callback);
  await callback.wait();
  expect((await failureOf(added)).name).toBe('TimeoutError');
});

it('J10, D6 a dispatcher with a stuck slot stops, and interrupts nothing', async () => {
  const dispatcher = await dispatchers.start('stops');
  const queue = context.queue('stops');
  const job = (await queue.put(deaf.job('stops'), { timeout: SHORT })) as Job;
  await failureOf(job);
  await dispatcher.deactivate();
  expect((await job.refresh()).interruptions).toBe(0);
  gateOf('stops').open();
});

it('J10 tasks and queues may set a timeout for their jobs', async () => {
  const { redisUrl: connection, prefix } = context;
  const timeout = SHORT;
  const queue = new Queue('defaults', { connection, prefix, defaultJobOptions: { timeout } });
  cleanUpLater(() => queue.close());
  await dispatchers.start('defaults');
  const ofTask = defineTask('timeout.ofTask', () => aborted(local.signal), { timeout });
  for (const put of [
    () => queue.put(heeds.job(9)),
    () => context.queue('defaults').put(ofTask.job()),
  ])
    expect((await failureOf((await put()) as Job)).name).toBe('TimeoutError');
  expect(await (await queue.put(echo.job(1), { timeout: 60_000 })).wait()).toBe(1);
});
