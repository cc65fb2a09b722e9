// All log lines about a job name it by the same fields (J8).
import { defineRetryPolicy, defineTask, local, NeverRetry, retry, type Job } from '@drover/core';
import { Queue as BullQueue } from 'bullmq';
import { testContext } from '../../../../test/kit/context.js';
import { aborted } from '../../../../test/kit/gate.js';
import { eventually } from '../../../../test/kit/wait.js';
import { dispatchersIn, next, readableLogger, type LogLine } from './dispatchers.js';

const context = testContext('log-fields');
const dispatchers = dispatchersIn(context);
const queue = context.queue('images');
const { logger, lines } = readableLogger();
const start = () =>
  dispatchers.start('images', {
    logger,
    queues: { images: { painter: { size: 5, lanes: ['main', 'gpu'] } } },
  });
let dispatcher: Awaited<ReturnType<typeof start>>;
beforeAll(async () => (dispatcher = await start()));

const fails = defineTask('fields.fails', () => {
  throw new Error('no');
});
const heeds = defineTask('fields.heeds', () => aborted(local.signal));
const odd = defineRetryPolicy('fields.odd', {
  jobError: () => -1,
  commitError: () => false,
  interrupted: () => true,
});
const lineOf = (text: string, { id }: Job): Promise<LogLine> =>
  eventually(() => lines.find(({ msg, job }) => msg.startsWith(text) && job === id));
const put = (job: Job, options: object) =>
  queue.put(job as Job<unknown, []>, { lane: 'gpu', ...options });
const where = { queue: 'images', lane: 'gpu' };

it('J8 a failure has lane, agent, attempt and duration', async () => {
  const job = await put(fails.job(), { retryPolicy: retry({ attempts: 3 }) });
  const ran = {
    task: 'fields.fails',
    ...where,
    agent: 'painter',
    duration: expect.any(Number) as number,
  };
  expect(await lineOf('job is tried again', job)).toMatchObject({ ...ran, attempt: 1, count: 1 });
  expect(await lineOf('job failed', job)).toMatchObject({ ...ran, attempt: 3 });
});

it('J8 a failed policy, an unroutable job and a dead letter have these fields', async () => {
  const job = await put(fails.job(), { retryPolicy: odd });
  const fields = { ...where, agent: 'painter', attempt: 1 };
  expect(await lineOf('its retry policy failed', job)).toMatchObject({
    task: 'fields.fails',
    ...fields,
  });
  const bull = new BullQueue('images/gpu', {
    connection: context.redis.duplicate(),
    prefix: context.prefix,
  });
  await bull.add('fields.nobody', []);
  const [unknown] = await queue.jobs({ task: 'fields.nobody' });
  expect(await lineOf('job cannot be run here', unknown as Job)).toMatchObject({
    task: 'fields.nobody',
    ...fields,
  });
  await queue.remove(unknown as Job);
  const { id } = await bull.add('fields.fails', { no: 'array' });
  const deadLetter = await eventually(() =>
    lines.find(({ msg, job }) => msg.startsWith('job became a dead letter') && job === id),
  );
  expect(deadLetter).toMatchObject({ ...where });
  await bull.close();
});

it('J8 the lines of recovery have these fields, and the owner', async () => {
  const started = next(dispatcher, 'started');
  const [goesOn, ends] = [
    await put(heeds.job(), {}),
    await put(heeds.job(), { retryPolicy: NeverRetry }),
  ];
  await started;
  await eventually(() => dispatcher.activeJobs().length === 2);
  await dispatcher.deactivate();
  const { uuid } = dispatcher;
  for (const job of [goesOn, ends])
    expect(await lineOf('job interrupted', job)).toMatchObject({
      task: 'fields.heeds',
      ...where,
      owner: uuid,
    });
  const again = await start();
  expect(await lineOf('job goes on after an interrupt', goesOn)).toMatchObject({
    task: 'fields.heeds',
    ...where,
  });
  expect(await lineOf('job failed', ends)).toMatchObject({
    task: 'fields.heeds',
    ...where,
    failure: 'AbortedError',
  });
  await again.deactivate();
});

afterAll(() => {
  // All lines of this file that are about a job.
  for (const line of lines) {
    expect(line).not.toHaveProperty('jobId');
    if (line['job'] !== undefined)
      expect(line).toMatchObject({ queue: expect.any(String), lane: expect.any(String) });
  }
});
