// `queue.obliterate()` removes all of a queue (Q11), also under running dispatchers.
import { defineTask, Failure, local, type Job } from '@drover/core';
import { parallel, serial } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { hasStarted } from '../../../../test/kit/dispatchers.js';
import { aborted, gatesByName } from '../../../../test/kit/gate.js';
import { eventually } from '../../../../test/kit/wait.js';
import { collect, dispatchersIn } from './dispatchers.js';

const context = testContext('obliterate');
const { redis, prefix } = context;
const dispatchers = dispatchersIn(context);
const PATIENCE = { timeout: 20_000 };
const HOUR = 3_600_000;
const QUICK = { pingInterval: 100, deathInterval: 500 };
const gateOf = gatesByName();
const reasons = new Map<string, unknown[]>();
const echo = defineTask('obliterate.echo', (value: unknown) => value);
const fails = defineTask('obliterate.fails', () => {
  throw new Error('as told');
});
const held = defineTask('obliterate.held', async (of: string) => {
  await gateOf(of).opened;
  return of;
});
const heeds = defineTask('obliterate.heeds', async (of: string) => {
  try {
    return await aborted(local.signal);
  } catch (error) {
    reasons.set(of, [...(reasons.get(of) ?? []), (error as Error).message]);
    throw error;
  }
});
const returns = defineTask('obliterate.returns', (job: unknown) => job as Job);
const follows = defineTask('obliterate.follows', (...jobs: unknown[]) =>
  (jobs as Job[]).map(({ result }) => (result instanceof Failure ? result.name : result)),
);

const keysOf = async (name: string): Promise<string[]> =>
  (await redis.keys(`${prefix.replace(/[{}]/g, '?')}:${name}*`)).filter(
    (key) => key.includes(`:${name}:`) || key.includes(`:${name}/`),
  );

it('Q11 obliterate removes all jobs, lanes, quotas, schedules and settings of a queue', async () => {
  const name = 'whole';
  const queue = context.queue(name);
  await queue.quotas.create('disk', 1);
  await queue.quotas.create('none', 0);
  await queue.schedules.set('yearly', { cron: '@yearly' }, echo.job(0));
  const job = await queue.put(echo.job(1));
  await job.addCallback(echo.job());
  const dispatcher = await dispatchers.start(name, QUICK);
  await Promise.all([
    job.wait(PATIENCE),
    queue.put(fails.job()).then((failed) => failed.wait(PATIENCE).catch(() => {})),
    queue.put(parallel([echo.job(2), fails.job()]) as Job).then((whole) => whole.wait(PATIENCE)),
    queue
      .put(serial([3, 4, 5, 6].map((i) => echo.job(i)) as never) as Job)
      .then((whole) => whole.wait(PATIENCE)),
  ]);
  const odd = await queue.put(echo.job('odd'), { beginAfter: HOUR });
  await redis.hset(`${prefix}:${name}:${odd.id}`, 'data', 'damaged');
  await queue.put(echo.job('parked'), { quotas: ['none'] });
  await eventually(async () => (await queue.quotas.get('none'))?.waiters === 1);
  await dispatcher.deactivate();
  await queue.putAll(Array.from({ length: 500 }, (_, i) => echo.job(i)));
  await queue.put(echo.job('with a deadline'), { beginBy: HOUR, lane: 'side' });
  const pending = await queue.put(echo.job('with a callback'), { quotas: ['disk'] });
  await pending.addCallback(echo.job('never'));
  const waiting = expect(pending.wait(PATIENCE)).rejects.toThrow(/removed|not there/);
  expect(await queue.obliterate()).toBeGreaterThan(510);
  await waiting;
  expect(await keysOf(name)).toEqual([]);
  expect([await queue.obliterate(), await queue.isPaused(), await queue.length()]).toEqual([
    0,
    false,
    0,
  ]);
  expect(await redis.keys(`${prefix.replace(/[{}]/g, '?')}:put-at:*`)).toEqual([]);
  await dispatchers.start(name, QUICK);
  expect(await (await queue.put(echo.job('anew'))).wait(PATIENCE)).toBe('anew');
});

const begun: [string, () => Job, (whole: Job) => Job][] = [
  ['a running job', () => held.job('begun-0') as Job, (job) => job],
  [
    'a composite that waits for its parts',
    () => parallel([held.job('begun-1').with({ lane: 'unserved' }), held.job('begun-1')]) as Job,
    (whole) => (whole as unknown as { jobs: Job[] }).jobs[1] as Job,
  ],
  ['an interrupted job', () => heeds.job('begun-2') as Job, (job) => job],
];

it.each(begun)('Q11 without force obliterate is refused for %s', async (what, make, startedOf) => {
  const name = `begun-${begun.findIndex(([which]) => which === what)}`;
  const queue = context.queue(name);
  const job = make();
  await queue.put(job);
  const pending = await queue.put(echo.job('pending'), { lane: 'other' });
  const dispatcher = dispatchers.make(name, QUICK);
  const started = hasStarted(dispatcher, startedOf(job));
  await dispatcher.activate();
  await started;
  if (what === 'an interrupted job') await dispatcher.deactivate();
  await expect(queue.obliterate()).rejects.toThrow(/begun and have not ended .*force: true/);
  expect([await queue.isPaused(), (await pending.refresh()).status]).toEqual([false, 'pending']);
  gateOf(name).open();
  await queue.obliterate({ force: true });
  await eventually(async () => (await queue.get(job.id)) === undefined);
});

it('Q11 with force runs are told to stop, and the dispatcher goes on with new jobs', async () => {
  const name = 'forced';
  const queue = context.queue(name);
  await queue.quotas.create('disk', 1);
  const dispatcher = dispatchers.make(name, { size: 8, ...QUICK });
  const reassigned = collect(dispatcher, 'reassigned');
  const errors: Error[] = [];
  // A busy machine may answer late.
  dispatcher.on('error', (error) => error.message.endsWith('timed out') || errors.push(error));
  const plain = await queue.put(heeds.job(name));
  await plain.addCallback(echo.job());
  const withQuota = await queue.put(heeds.job(name), { quotas: ['disk'] });
  const [part, step] = [heeds.job(name), heeds.job(name)];
  const others = [1, 2, 3, 4, 5].map((i) => echo.job(i) as Job);
  await queue.putAll([
    parallel([part, ...others.slice(0, 3)] as never, { packed: true }) as Job,
    serial([step, ...others.slice(3)] as never, { packed: true }) as Job,
  ]);
  const inner = heeds.job(name);
  await queue.put(returns.job(inner));
  const all = [plain, withQuota, part, step, inner].map((job) =>
    hasStarted(dispatcher, job as Job),
  );
  await dispatcher.activate();
  await Promise.all(all);
  expect(await queue.obliterate({ force: true })).toBeGreaterThanOrEqual(7);
  await eventually(() => reasons.get(name)?.length === 5);
  await eventually(() => reassigned.length === 5);
  expect(await queue.jobs({ status: ['pending', 'active', 'callbacks', 'completed'] })).toEqual([]);
  // All slots are free: of the agent, and of a quota that is made again.
  await queue.quotas.create('disk', 1);
  const jobs = await Promise.all(
    Array.from({ length: 8 }, (_, i) => queue.put(echo.job(i), { quotas: ['disk'] })),
  );
  expect(await Promise.all(jobs.map((job) => job.wait(PATIENCE)))).toEqual([
    0, 1, 2, 3, 4, 5, 6, 7,
  ]);
  const stop = collect(dispatcher, 'interrupted');
  await dispatcher.deactivate();
  expect([errors, stop]).toEqual([[], []]);
});

it('Q11, J5 jobs of other queues that wait for a job of this one get a RemovedError', async () => {
  const [name, elsewhere] = ['target', 'elsewhere'];
  const queue = context.queue(name);
  const subject = await queue.put(echo.job(1), { beginAfter: HOUR });
  const follower = await context.queue(elsewhere).put(returns.job(subject));
  const whole = parallel([returns.job(subject), echo.job(2)], { postprocess: follows.job() });
  await context.queue(elsewhere).put(whole as Job);
  await dispatchers.start(elsewhere, QUICK);
  await eventually(async () => (await follower.refresh()).status === 'active');
  await eventually(
    async () => (await context.queue(elsewhere).jobs({ status: 'active' })).length >= 3,
  );
  expect(await queue.obliterate()).toBe(1);
  await expect(follower.wait(PATIENCE)).rejects.toMatchObject({ name: 'RemovedError' });
  expect(await whole.wait(PATIENCE)).toEqual(['RemovedError', 2]);
});

it('Q11, I6 a dispatcher that died holds nothing after it, and its cleanup ends', async () => {
  const name = 'died';
  const queue = context.queue(name);
  const whole = serial([heeds.job(name), echo.job(1)]);
  await queue.put(whole as Job);
  const dispatcher = dispatchers.make(name, QUICK);
  const started = hasStarted(dispatcher, whole.jobs[0] as Job);
  await dispatcher.activate();
  await started;
  await queue.obliterate({ force: true });
  await dispatcher.deactivate();
  expect(await redis.zcard(`${prefix}:dispatcher:${dispatcher.uuid}:waiting`)).toBe(0);
  expect(await redis.hget(`${prefix}:dispatcher:${dispatcher.uuid}`, 'status')).toBe('deactivated');
  expect(await queue.length()).toBe(0);
});

it('Q11 obliterate stops when its signal is aborted: the queue goes on as before', async () => {
  const queue = context.queue('signal');
  await queue.putAll(Array.from({ length: 300 }, (_, i) => echo.job(i)));
  let looks = 0;
  const signal = {
    get aborted() {
      return ++looks > 4;
    },
  } as AbortSignal;
  const removed = await queue.obliterate({ signal });
  expect([removed > 0, removed < 300, await queue.isPaused()]).toEqual([true, true, false]);
  expect(await queue.length()).toBe(300 - removed);
  expect(await queue.obliterate()).toBe(300 - removed);
});
