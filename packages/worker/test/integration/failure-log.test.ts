// The log of a job's failure (J8), which shows no arguments (B2).
import { defineRetryPolicy, defineTask, NeverRetry, retry, RetryCommonForever } from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { eventually } from '../../../../test/kit/wait.js';
import { dispatchersIn, next, readableLogger } from './dispatchers.js';

const context = testContext('failure-log');
const dispatchers = dispatchersIn(context);
const LEVELS = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60 };
const fails = defineTask('log.fails', (_secret: string) => {
  throw Object.assign(new RangeError('too far'), { code: 'E_FAR', limit: 3 });
});

const unreachable = defineTask('log.unreachable', () => {
  throw Object.assign(new Error('no answer'), { code: 'ECONNREFUSED' });
});

async function logOf(
  name: string,
  options: object,
): Promise<ReturnType<typeof readableLogger> & { id: string }> {
  const log = readableLogger();
  const dispatcher = dispatchers.make(name, { logger: log.logger });
  const failed = next(dispatcher, 'failed');
  const job = await context.queue(name).put(fails.job('a secret argument'), options);
  await dispatcher.activate();
  await failed;
  return { ...log, id: job.id };
}

it('J8 a job logs its failure at error, with its id, task and error', async () => {
  const { lines, id } = await logOf('default', {});
  const failures = lines.filter(({ msg }) => msg === 'job failed');
  expect(failures).toEqual([
    expect.objectContaining({ level: LEVELS.error, job: id, task: 'log.fails' }),
  ]);
  expect(failures[0]?.['err']).toMatchObject({
    message: 'too far',
    stack: expect.stringContaining('RangeError') as string,
    limit: 3,
  });
});

it("J8 the log has the failure's name and code", async () => {
  const { lines } = await logOf('name', {});
  const [failure] = lines.filter(({ msg }) => msg === 'job failed');
  expect(failure).toMatchObject({ failure: 'RangeError', err: { code: 'E_FAR' } });
});

it.each(Object.entries(LEVELS))(
  'J8 failureLogLevel %s overrides the level',
  async (failureLogLevel, level) => {
    const { lines } = await logOf(`level-${failureLogLevel}`, { failureLogLevel });
    expect(lines.filter(({ msg }) => msg === 'job failed').map((line) => line.level)).toEqual([
      level,
    ]);
  },
);

it("B2 a log does not show a job's arguments, and each line names the dispatcher", async () => {
  const { text, lines } = await logOf('secret', { retryPolicy: NeverRetry });
  expect(text()).not.toContain('a secret argument');
  for (const line of lines) expect(line['dispatcher']).toMatch(/^[0-9a-f-]{36}$/);
});

it('R2 a retried run logs no failure, and the first and every fifth retry is logged', async () => {
  const log = readableLogger();
  let runs = 0;
  const again = defineTask('log.again', (_secret: string) => {
    if (++runs < 12) throw Object.assign(new RangeError('too far'), { code: 'E_FAR' });
  });
  await dispatchers.start('again', { logger: log.logger });
  const job = await context
    .queue('again')
    .put(again.job('a secret argument'), { retryPolicy: retry({ attempts: 99 }) });
  await job.wait();
  const warnings = log.lines.filter(({ level }) => level >= LEVELS.warn);
  expect(warnings.map(({ msg, count }) => [msg, count])).toEqual([
    ['job is tried again', 1],
    ['job is tried again', 5],
    ['job is tried again', 10],
  ]);
  expect(warnings[0]).toMatchObject({
    level: LEVELS.warn,
    job: job.id,
    task: 'log.again',
    failure: 'RangeError',
    delay: 0,
  });
  expect(log.text()).not.toContain('a secret argument');
});

it.each<[string, object, number]>([
  ['with RetryCommonForever', { retryPolicy: RetryCommonForever }, LEVELS.fatal],
  [
    'with RetryCommonForever and a level of its own',
    { retryPolicy: RetryCommonForever, failureLogLevel: 'error' },
    LEVELS.error,
  ],
  ['with the default policy, which retries transient errors without limit', {}, LEVELS.error],
  ['with a policy of its own', { retryPolicy: retry({ attempts: Infinity }) }, LEVELS.error],
  ['whose failure is hardly logged', { failureLogLevel: 'debug' }, LEVELS.warn],
])(
  'R2, J8 the tenth try of a job %s is logged at its level, or warn',
  async (what, options, level) => {
    const queue = context.queue(`tenth-${what.replaceAll(/\W/g, '-')}`);
    const job = await queue.put(unreachable.job(), options);
    const key = `${context.prefix}:${queue.name}:${job.id}`;
    await context.redis.hset(key, { retries: 9, atm: 9 });
    const log = readableLogger();
    await dispatchers.start(queue.name, { logger: log.logger });
    const line = await eventually(() => log.lines.find(({ msg }) => msg === 'job is tried again'));
    expect(line).toMatchObject({ level, job: job.id, count: 10, attempt: 10, failure: 'Error' });
    await job.cancel();
  },
);

it("R1 an error of a policy is logged, and the job's own failure too", async () => {
  const retryPolicy = defineRetryPolicy('log.throws', {
    jobError: () => {
      throw new TypeError('bad policy');
    },
    commitError: () => false,
    interrupted: () => false,
  });
  const { lines, id } = await logOf('policy', { retryPolicy });
  const errors = lines.filter(({ level }) => level >= LEVELS.warn);
  expect(errors.map(({ msg, job }) => [msg, job])).toEqual([
    ['its retry policy failed', id],
    ['job failed', id],
  ]);
  expect(errors[0]?.['err']).toMatchObject({ type: 'TypeError', message: 'bad policy' });
});
