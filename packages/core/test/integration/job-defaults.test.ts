// The sources of a job's policy: the job, its task, its queue, and Drover's default (R1).
import {
  defineTask,
  InvalidArgumentError,
  NeverRetry,
  Queue,
  type JobOptions,
  retry,
  RetryCommonForever,
} from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { KNOWN_OPTIONS } from '../../src/model/job-options.js';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';

const context = testContext('job-defaults');
const plain = defineTask('defaults.plain', (...args: unknown[]) => args);
const careful = defineTask('defaults.careful', () => {}, {
  retryPolicy: NeverRetry,
  failureLogLevel: 'fatal',
});
const often = retry({ attempts: 7 });

const queue = new Queue('defaults', {
  connection: context.redisUrl,
  prefix: context.prefix,
  defaultJobOptions: { retryPolicy: RetryCommonForever, failureLogLevel: 'warn' },
});
cleanUpLater(() => queue.close());

/** The stored options of a job. */
const stored = async (id: string): Promise<unknown> =>
  JSON.parse((await context.redis.hget(`${context.prefix}:defaults:${id}`, 'opts')) ?? '');

it("R1 the queue's policy holds where neither the job nor its task has one", async () => {
  const job = await queue.put(plain.job());
  expect(job.options).toEqual({ retryPolicy: 'RetryCommonForever', failureLogLevel: 'warn' });
  expect(await stored(job.id)).toMatchObject(job.options);
});

it("R1 the task's policy comes before the queue's", async () => {
  const job = await queue.put(careful.job());
  expect(await stored(job.id)).toMatchObject({
    retryPolicy: 'NeverRetry',
    failureLogLevel: 'fatal',
  });
});

it("R1 the job's own options come before its task's, one by one", async () => {
  const [made, put] = [await queue.put(careful.job().with({ retryPolicy: often })), careful.job()];
  await queue.put(put, { retryPolicy: 'mine' });
  expect(await stored(made.id)).toMatchObject({
    retryPolicy: often.name,
    failureLogLevel: 'fatal',
  });
  expect(await stored(put.id)).toMatchObject({ retryPolicy: 'mine', failureLogLevel: 'fatal' });
});

it("R1 the queue's defaults hold for new jobs among the arguments too", async () => {
  const [first, second] = [plain.job(), careful.job()];
  const outer = await queue.put(plain.job(first, [plain.job(second)]));
  const [inner, [middle]] = (await queue.get(outer.id))?.args as [typeof first, [typeof first]];
  expect(inner.options).toEqual({ retryPolicy: 'RetryCommonForever', failureLogLevel: 'warn' });
  expect((middle.args[0] as typeof first).options).toEqual({
    retryPolicy: 'NeverRetry',
    failureLogLevel: 'fatal',
  });
});

it("R1 a refused put leaves the job without the queue's defaults", async () => {
  const job = plain.job(() => {});
  await expect(queue.put(job)).rejects.toThrow('args[0]');
  expect(job.options).toEqual({});
  const other = plain.job(plain.job());
  await context.queue('others').put(other);
  expect([other.options, (other.args[0] as typeof other).options]).toEqual([{}, {}]);
});

describe('Q12 defaults of every option', () => {
  const given = {
    beginAfter: new Date('2031-01-01'),
    beginBy: 60_000,
    timeout: 5_000,
    retryPolicy: 'mine',
    failureLogLevel: 'info',
    lane: 'slow',
    quotas: ['disk'],
    rateLimits: ['api'],
    priority: 7,
    meta: { tenant: 'a' },
    key: 'one',
    whenTaken: 'replace',
    until: 'removed',
  } as const;
  const withDefaults = (name: string, defaultJobOptions: JobOptions): Queue => {
    const { redisUrl: connection, prefix } = context;
    const made = new Queue(name, { connection, prefix, defaultJobOptions });
    cleanUpLater(() => made.close());
    return made;
  };

  // An option that is new, and not among these, fails here.
  it('each option of a job holds for a job that is put, and its own come first', async () => {
    const all = withDefaults('every', given);
    await all.quotas.create('disk');
    await all.rateLimits.create('api', { max: 1, duration: 1_000 });
    const names = Object.keys(given);
    const known = [...KNOWN_OPTIONS];
    expect(known.filter((name) => !names.includes(name))).toEqual([]);
    const job = await all.put(plain.job());
    expect(job.options).toEqual({ ...given, beginAfter: given.beginAfter.getTime() });
    expect((await all.byKey('one'))?.id).toBe(job.id);
    const own = { quotas: [], lane: 'main', key: 'two', beginAfter: 0, meta: {} } as const;
    const other = await all.put(plain.job(), own);
    expect(other.options).toEqual({ ...job.options, ...own });
  });

  it('a beginAfter in ms counts from each put', async () => {
    const later = withDefaults('later', { beginAfter: 60_000 });
    const before = Date.now();
    const beginAfter = (await later.put(plain.job())).options.beginAfter ?? 0;
    expect(beginAfter).toBeGreaterThan(before + 59_000);
    expect(beginAfter).toBeLessThan(Date.now() + 61_000);
    expect(await later.counts()).toMatchObject({ delayed: 1, due: 0 });
  });

  it('an unknown quota or rate limit is refused at the put', async () => {
    const limited = withDefaults('limited', { quotas: ['none'] });
    await expect(limited.put(plain.job())).rejects.toThrow('has no quota "none"');
    const slow = withDefaults('slow', { rateLimits: ['none'] });
    await expect(slow.put(plain.job())).rejects.toThrow('has no rate limit "none"');
  });

  it('parts and other jobs in arguments have only the defaults that decide how they end', async () => {
    const { retryPolicy, beginBy, lane } = given;
    const nested = withDefaults('outer', { retryPolicy, beginBy, lane });
    const outer = await nested.put(plain.job(plain.job()));
    expect(outer.options).toEqual({ retryPolicy, beginBy, lane });
    expect((outer.args[0] as typeof outer).options).toEqual({});
    const [inner] = (await nested.get(outer.id))?.args as [typeof outer];
    expect(inner.options).toEqual({ retryPolicy });
  });

  it('defaults about a key hold for the jobs that have one', async () => {
    const keyed = withDefaults('keyed', { whenTaken: 'refuse', until: 'removed' });
    expect((await keyed.put(plain.job())).options).toEqual({});
    const job = await keyed.put(plain.job(), { key: 'k' });
    expect(job.options).toEqual({ key: 'k', whenTaken: 'refuse', until: 'removed' });
    await expect(keyed.put(plain.job(), { key: 'k' })).rejects.toThrow("whenTaken: 'refuse'");
    await expect(keyed.put(plain.job(), { until: 5 })).rejects.toThrow('give the job a key');
  });

  it('a schedule has them, but its times decide when its jobs begin', async () => {
    const planned = withDefaults('planned', { beginAfter: 5_000, timeout: 9, beginBy: 8_000 });
    await planned.schedules.set('daily', { cron: '0 3 * * *' }, plain.job());
    const text = JSON.stringify(
      await context.redis.hgetall(`${context.prefix}:planned:schedule:daily`),
    );
    expect(text).toContain('beginBy');
    expect(text).not.toContain('beginAfter');
  });
});

it.each<[unknown, string]>([
  [{ beginAfter: -5 }, 'beginAfter must be a valid Date, or a number of ms'],
  [{ attempts: 3 }, 'defaultJobOptions of the queue odd has no option "attempts": use retryPolicy'],
  [{ retryPolicy: {} }, 'retryPolicy must be'],
  [{ quotas: 'disk' }, 'quotas must be an array'],
  [null, 'defaultJobOptions of the queue odd must be an object'],
])('B2 %j as defaultJobOptions is refused', (defaultJobOptions, why) => {
  const make = (): Queue =>
    new Queue('odd', { connection: context.redisUrl, defaultJobOptions } as never);
  expect(make).toThrow(InvalidArgumentError);
  expect(make).toThrow(why);
});
