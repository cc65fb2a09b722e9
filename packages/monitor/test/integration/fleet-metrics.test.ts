// fleetMetrics and `drover metrics`: the values, the cost of a scrape, bounds, and no Redis.
import { createServer } from 'node:net';
import { defineTask, InvalidArgumentError, Queue } from '@drover/core';
import { Registry } from 'prom-client';
import { documentedRules, documentedUsers, monitorRules } from '../../../../test/kit/acl.js';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { testContext } from '../../../../test/kit/context.js';
import { dispatchersIn } from '../../../../test/kit/dispatchers.js';
import { neverEnds } from '../../../../test/kit/tasks.js';
import { eventually } from '../../../../test/kit/wait.js';
import { fleetMetrics, FleetView, type FleetMetricsOptions } from '../../src/index.js';
import { droverIn } from './drover.js';
import { valuesOf } from './values-of.js';
import { ownRedis } from './own-redis.js';

const context = testContext('fleet-metrics');
const { prefix, redisUrl } = context;
const echo = defineTask('fleetMetrics.echo', (value: unknown) => value);
const metricsOf = (options?: FleetMetricsOptions) => {
  const metrics = fleetMetrics({ connection: redisUrl, prefix }, options);
  cleanUpLater(() => metrics.close());
  return metrics;
};

beforeAll(async () => {
  const busy = context.queue('busy');
  await busy.quotas.create('disk', 1);
  const dispatcher = await dispatchersIn(context).start('busy', { size: 4 });
  await (await busy.put(echo.job(1))).wait();
  const [holds] = await busy.putAll([neverEnds.job(), neverEnds.job()], { quotas: ['disk'] });
  await busy.put(echo.job(1), { beginAfter: 3_600_000 });
  await busy.putAll([echo.job(1), echo.job(2)], { lane: 'gpu' });
  await context.queue('idle').put(echo.job(1));
  await context.queue('idle').pause();
  await eventually(async () => (await busy.quotas.get('disk'))?.waiters === 1);
  expect([holds?.id]).toEqual(dispatcher.activeJobs().map(({ id }) => id));
});

it('D10 the metrics of a fleet say what `drover status` says', async () => {
  const { register } = metricsOf();
  const value = await valuesOf(register);
  const jobs = (queue: string, lane: string, state: string) =>
    value('drover_queue_jobs', { queue, lane, state });
  expect(
    ['due', 'delayed', 'waiting', 'active', 'succeeded'].map((state) =>
      jobs('busy', 'main', state),
    ),
  ).toEqual([0, 1, 1, 1, 1]);
  expect(jobs('busy', 'gpu', 'due')).toBe(2);
  expect(value('drover_unserved_jobs', { queue: 'busy', lane: 'gpu' })).toBe(2);
  expect(value('drover_unserved_jobs', { queue: 'busy', lane: 'main' })).toBe(0);
  expect(value('drover_queue_oldest_due_seconds', { queue: 'busy', lane: 'gpu' })).toBeGreaterThan(
    0,
  );
  expect(value('drover_queue_oldest_due_seconds', { queue: 'busy', lane: 'main' })).toBe(0);
  expect(['busy', 'idle'].map((queue) => value('drover_queue_paused', { queue }))).toEqual([0, 1]);
  expect(value('drover_set_aside_jobs', { queue: 'busy' })).toBe(0);
  expect(value('drover_interrupts_undecided', { queue: 'busy' })).toBe(0);
  const quota = { queue: 'busy', quota: 'disk' };
  expect(['slots', 'held', 'waiters'].map((what) => value(`drover_quota_${what}`, quota))).toEqual([
    1, 1, 1,
  ]);
  expect(['active', 'dead'].map((status) => value('drover_dispatchers', { status }))).toEqual([
    1, 0,
  ]);
  expect(value('drover_alarms', { kind: 'lane-unserved' })).toBe(2);
  expect(value('drover_alarms', { kind: 'eviction' })).toBe(0);
  expect(value('drover_redis_up')).toBe(1);
  const [{ values = [] } = {}] = (await register.getMetricsAsJSON()).filter(
    ({ name }) => name === 'drover_dispatcher_ping_age_seconds',
  );
  expect(values).toHaveLength(1);
});

it('D10 names beyond the limits are summed up as other', async () => {
  const value = await valuesOf(metricsOf({ limits: { queues: 1, lanes: 1 } }).register);
  const due = (queue: string, lane: string) =>
    value('drover_queue_jobs', { queue, lane, state: 'due' });
  expect([due('busy', 'gpu'), due('busy', 'other'), due('other', 'other')]).toEqual([2, 0, 1]);
  expect(value('drover_queue_paused', { queue: 'other' })).toBe(1);
  const none = await valuesOf(metricsOf({ limits: { dispatchers: 0 } }).register);
  const other = { dispatcher: 'other', host: 'other' };
  expect(none('drover_dispatcher_ping_age_seconds', other)).toBeGreaterThanOrEqual(0);
});

it('B2 a register that has the metrics, and wrong options, are refused', async () => {
  const register = new Registry();
  const metrics = metricsOf({ register });
  expect(() => metricsOf({ register })).toThrow(/already has the metric drover_queue_jobs: give/);
  await metrics.close();
  expect(register.getMetricsAsArray()).toEqual([]);
  metricsOf({ register });
  for (const options of [{ limits: { queues: -1 } }, { registry: register }, { limits: { x: 1 } }])
    expect(() => metricsOf(options as never)).toThrow(InvalidArgumentError);
});

// A Redis for these three alone: they count its commands, kill it, and add a user.
const { server, admin, commands } = await ownRedis();

it('D10 a scrape costs the same number of commands however many jobs there are', async () => {
  const view = new FleetView({ connection: server.url });
  cleanUpLater(() => view.close());
  const { register } = fleetMetrics(view);
  const count = async (scrapes: () => Promise<unknown>): Promise<number> => {
    await register.metrics();
    const before = await commands();
    await scrapes();
    return (await commands()) - before;
  };
  const one = () => register.metrics();
  await view.queue('many').put(echo.job(0));
  const few = await count(one);
  await view.queue('many').putAll(Array.from({ length: 3_000 }, (_, i) => echo.job(i)));
  const many = await count(one);
  // The commands of scripts count too: each looks at some jobs at the head of a lane.
  expect(many).toBeLessThan(few + 1_200);
  expect(await count(() => Promise.all([one(), one(), one()]))).toBeLessThan(1.5 * many);
  await view.queue('many').quotas.create('team', 1, { keyed: true });
  for (let key = 0; key < 3_000; key += 200)
    await view
      .queue('many')
      .putAll(
        Array.from({ length: 200 }, (_, i) => echo.job(i).with({ quotas: [`team/${key + i}`] })),
      );
  // Of 3,000 keys some 700 are read, with seven commands for each.
  expect(await count(one)).toBeLessThan(many + 8_000);
});

it('B3 while Redis is away drover_redis_up is 0, and no other metric has a value', async () => {
  const metrics = fleetMetrics({ connection: server.url });
  cleanUpLater(() => metrics.close());
  const { register } = metrics;
  const isUp = async () => (await valuesOf(register))('drover_redis_up');
  await eventually(async () => (await isUp()) === 1);
  await server.kill();
  await eventually(async () => (await isUp()) === 0);
  const samples = (await register.metrics()).split('\n').filter((line) => /^drover/.test(line));
  expect(samples).toEqual(['drover_redis_up 0']);
  await server.restart();
  await eventually(async () => (await isUp()) === 1);
});

it('B3 the documented user may scrape, and a user without a right gets the error', async () => {
  const producer = new Queue('few', { connection: server.url });
  await producer.put(echo.job(1));
  await producer.quotas.create('disk', 1);
  await producer.close();
  const urlOf = await documentedUsers(admin, server.url, [...documentedRules, ...monitorRules]);
  const metrics = fleetMetrics({ connection: urlOf('drover-monitor') });
  cleanUpLater(() => metrics.close());
  const { register } = metrics;
  const value = await valuesOf(register);
  expect(value('drover_quota_slots', { queue: 'few', quota: 'disk' })).toBe(1);
  expect(await admin.acl('LOG')).toEqual([]);
  await admin.acl('SETUSER', 'drover-monitor', '-evalsha');
  await expect(register.metrics()).rejects.toThrow(/evalsha/i);
});

it('D10 `drover metrics` serves them on loopback until it is ended', async () => {
  const end = new AbortController();
  let seen = '';
  const shown = new Promise<string>((resolve) => {
    const onOut = (text: string): void => {
      const url = /http:\S+metrics/.exec((seen += text))?.[0];
      if (url) resolve(url);
    };
    cleanUpLater(() => end.abort());
    ended = droverIn(context)(['metrics', '--port', '0'], { signal: end.signal, onOut });
  });
  const url = await shown;
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
  const response = await fetch(url);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(await response.text()).toMatch(
    /^drover_queue_jobs\{queue="busy",lane="gpu",state="due"\} 2$/m,
  );
  expect((await fetch(url.replace('/metrics', '/'))).status).toBe(404);
  expect((await fetch(url, { method: 'POST' })).status).toBe(405);
  end.abort();
  expect(await ended).toMatchObject({ code: 0, err: '' });
});
let ended: ReturnType<ReturnType<typeof droverIn>>;

it('B2 `drover metrics` says that its port is taken or wrong', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  cleanUpLater(() => void other.close());
  const { port } = other.address() as { port: number };
  const taken = await droverIn(context)(['metrics', '--port', String(port)]);
  expect(taken).toMatchObject({ code: 1, err: expect.stringContaining('EADDRINUSE') as string });
  const wrong = await droverIn(context)(['metrics', '--port', '70000']);
  expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining('0 to 65535') as string });
});
