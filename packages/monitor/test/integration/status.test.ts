// `drover status`: what is there, and each alarm, with dispatchers and processes that are so.
import { defineTask, Job, local, type Queue } from '@drover/core';
import { parallel } from '@drover/composite';
import { documentedRules, documentedUsers, monitorRules } from '../../../../test/kit/acl.js';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { newUuid, testContext } from '../../../../test/kit/context.js';
import { dispatchersIn } from '../../../../test/kit/dispatchers.js';
import { neverEnds } from '../../../../test/kit/tasks.js';
import { eventually } from '../../../../test/kit/wait.js';
import { startWorker } from '../../../../test/kit/worker.js';
import type { Alarm } from '../../src/model/alarms/alarm.js';
import { FleetView } from '../../src/model/fleet-view.js';
import type { FleetStatus } from '../../src/model/status.js';
import { documentIn, droverIn } from './drover.js';
import { ownRedis } from './own-redis.js';

const context = testContext('status');
const { prefix, redis, redisUrl } = context;
const drover = droverIn(context);
const dispatchers = dispatchersIn(context);
const echo = defineTask('status.echo', (value: unknown) => value);
const holds = defineTask('status.holds', async () => {
  await new Promise((resolve) => local.signal.addEventListener('abort', resolve));
  throw local.signal.reason;
});

const alarmOf = async <K extends Alarm['kind']>(kind: K, queue?: string) => {
  const { alarms } = documentIn<FleetStatus>(await drover(['status', '--json']));
  return alarms.find(
    (one) => one.kind === kind && (!queue || ('queue' in one && one.queue === queue)),
  );
};
const comes = (kind: Alarm['kind'], queue?: string) => eventually(() => alarmOf(kind, queue));
const goes = (kind: Alarm['kind'], queue?: string) =>
  eventually(async () => (await alarmOf(kind, queue)) === undefined);
const stuckQuota = async (queue: Queue, jobs: readonly Job<unknown, []>[]): Promise<void> => {
  await queue.putAll(jobs, { quotas: ['disk'] });
};

// The lanes of one queue per alarm, all served by one dispatcher.
const QUEUES = ['fine', 'lanes', 'unknown', 'damaged', 'closed', 'knot'];
beforeAll(async () => {
  await dispatchers.start('fine', {
    queues: Object.fromEntries(QUEUES.map((queue) => [queue, { main: { size: 2 } }])),
    pingInterval: 100,
  });
});

it('D10 status of a healthy fleet shows queues and dispatchers, and exits with 0', async () => {
  const queue = context.queue('fine');
  await (await queue.put(echo.job(1))).wait();
  await queue.put(echo.job(2), { beginAfter: 3_600_000 });
  // What runs is known from the last ping.
  const { code, out, err } = await eventually(async () => {
    const told = await drover(['status']);
    return told.out.includes(' 0/12 ') && told;
  });
  expect([code, err]).toEqual([0, '']);
  expect(out).toMatch(/^QUEUE +DUE +LATE +DELAYED/);
  expect(out).toMatch(/^fine +0 +- +1 +0 +0 +0 +0 +1$/m);
  expect(out).toMatch(/^[0-9a-f]{8} +\S+ +active +\S+ m?s +0\/12 +fine\/main lanes\/main/m);
  expect(out).toMatch(/\nNo alarm.\n$/);
  expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);

  const status = documentIn<FleetStatus>(await drover(['status', '--json']));
  expect(status).toMatchObject({ prefix, alarms: [], now: expect.any(Number) as number });
  expect(status.queues.map(({ name }) => name)).toEqual([...QUEUES].sort());
  expect(status.queues.find(({ name }) => name === 'fine')).toMatchObject({
    ...{ paused: false, due: 0, delayed: 1, succeeded: 1, interrupted: 0 },
    lastMinute: { succeeded: 1, failed: 0 },
  });
  expect(status.dispatchers[0]).toMatchObject({ status: 'active', host: expect.any(String) });
  await queue.pause();
  expect((await drover(['status'])).out).toContain('fine (paused)');
});

it('D10, Q6 a lane that no agent serves is an alarm, with the number of jobs', async () => {
  await context.queue('lanes').putAll([echo.job(1), echo.job(2)], { lane: 'gpu' });
  expect(await alarmOf('lane-unserved')).toEqual({
    ...{ kind: 'lane-unserved', queue: 'lanes', lane: 'gpu', due: 2 },
    oldestDue: expect.any(Number) as number,
    says: expect.stringMatching(
      /^No active agent serves the lane gpu of the queue lanes: 2 jobs are due there, the first since \d/,
    ) as string,
    cure: expect.stringContaining('drover agent UUID lanes NAME --lanes gpu') as string,
  });
  const { code, out } = await drover(['status']);
  expect(code).toBe(1);
  expect(out).toMatch(/^1 alarm\n! No active agent serves the lane gpu/m);
  const served = await dispatchers.start('lanes', {
    queues: { lanes: { gpu: { size: 1, lanes: ['gpu'] } } },
  });
  await goes('lane-unserved');
  await served.deactivate();
});

it('B1 a task that no dispatcher knows is an alarm, until one comes that does', async () => {
  const [job] = await context
    .queue('unknown')
    .putAll([new Job('status.\x1b[2Jnobody', []) as Job<unknown, []>]);
  expect(await comes('task-unknown')).toMatchObject({
    ...{ queue: 'unknown', lane: 'main', name: 'status.\x1b[2Jnobody', jobs: 1, job: job?.id },
  });
  const { out } = await drover(['status']);
  expect(out).toContain('status.\\x1b[2Jnobody: 1 job cannot run.');
  expect(out).not.toContain('\x1b');
  await job?.cancel();
  await goes('task-unknown');
});

it('B1 dead letters are an alarm', async () => {
  const queue = context.queue('damaged');
  await queue.pause();
  const job = await queue.put(echo.job(1));
  await redis.hset(`${prefix}:damaged:${job.id}`, 'opts', '{');
  await queue.resume();
  const found = await comes('set-aside');
  expect(found).toMatchObject({ queue: 'damaged', jobs: 1 });
  expect(found.says).toBe(
    '1 job of the queue damaged is set aside as dead letters: no dispatcher can read them.',
  );
  await queue.deadLetters().drop(job.id);
  await goes('set-aside');
});

it('Q5 a quota of size 0 for which jobs wait is an alarm, and a full one is none', async () => {
  const queue = context.queue('closed');
  await queue.quotas.create('disk', 1);
  const [holder] = await queue.putAll([holds.job(), echo.job(1)], { quotas: ['disk'] });
  await eventually(async () => (await queue.quotas.get('disk'))?.waiters === 1);
  expect(await alarmOf('quota-stuck')).toBeUndefined();
  await queue.quotas.resize('disk', 0);
  await holder?.cancel();
  expect(await comes('quota-stuck', 'closed')).toMatchObject({
    ...{ quota: 'disk', size: 0, waiters: 1, holders: [] },
    says: '1 job waits for the quota disk of the queue closed, whose size is 0: none can begin.',
  });
  await queue.quotas.resize('disk', 1);
  await goes('quota-stuck', 'closed');
});

it('Q5 a composite whose part needs its own quota is an alarm', async () => {
  const queue = context.queue('knot');
  await queue.quotas.create('disk', 1);
  const knot = parallel([echo.job(1).with({ quotas: ['disk'] })]);
  await stuckQuota(queue, [knot]);
  expect(await comes('quota-stuck', 'knot')).toMatchObject({ size: 1, holders: [knot.id] });
  await knot.cancel();
  await goes('quota-stuck', 'knot');
});

it('D10, D2 a killed dispatcher is an alarm until another one has cleaned up after it', async () => {
  const own = { redisUrl, prefix: `${prefix}-killed` };
  const uuid = newUuid();
  const worker = startWorker({
    ...{ prefix: own.prefix, uuid, queues: { left: { main: { size: 2 } } } },
    ...{ pingInterval: 50, deathInterval: 400 },
  });
  const view = new FleetView({ connection: redisUrl, prefix: own.prefix });
  cleanUpLater(() => view.close());
  const queue = view.queue('left');
  await queue.quotas.create('disk', 1);
  await stuckQuota(queue, [neverEnds.job(), neverEnds.job()]);
  await worker.event('started');
  await eventually(async () => (await queue.quotas.get('disk'))?.waiters === 1);
  expect((await view.status()).alarms).toEqual([]);
  await worker.end('SIGKILL');
  const kinds = async () => (await view.status()).alarms.map(({ kind }) => kind);
  await eventually(async () => (await kinds()).includes('dispatcher-dead'));
  // The dead process holds the quota, too.
  expect(await kinds()).toEqual(['dispatcher-dead', 'quota-stuck']);
  const { code, out } = await droverIn(own)(['status']);
  expect(code).toBe(1);
  expect(out).toMatch(
    new RegExp(`! Dispatcher ${uuid} \\(host \\S+, pid ${worker.program.pid}\\)`),
  );
  expect(out).toContain('Start a dispatcher under this prefix');
  await dispatchersIn(own as never).start('left', { pingInterval: 50, deathInterval: 400 });
  await eventually(async () => (await kinds()).length === 0);
});

// A Redis for these two alone: one counts its commands, the other changes its settings.
const { server, admin, commands } = await ownRedis();

it('D10 status costs the same number of commands however many jobs there are', async () => {
  const view = new FleetView({ connection: server.url });
  cleanUpLater(() => view.close());
  const queue = view.queue('many');
  const count = async (): Promise<number> => {
    await view.status();
    const before = await commands();
    await view.status();
    return (await commands()) - before;
  };
  await queue.put(echo.job(0));
  const few = await count();
  await queue.putAll(Array.from({ length: 3_000 }, (_, i) => echo.job(i)));
  // The commands of scripts count too: each looks at some jobs at the head of a lane.
  expect(await count()).toBeLessThan(few + 1_200);
  await queue.putAll(Array.from({ length: 6_000 }, (_, i) => echo.job(i)));
  expect(await count()).toBeLessThan(few + 1_200);
});

it('B3 the documented user may look, and sees that Redis evicts; it may change nothing', async () => {
  const urlOf = await documentedUsers(admin, server.url, [...documentedRules, ...monitorRules]);
  await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
  const own = { prefix: '{drover}', redisUrl: urlOf('drover-monitor') };
  const looks = droverIn(own);
  const { code, out, err } = await looks(['status']);
  expect([code, err]).toEqual([1, '']);
  expect(out).toContain('! Redis may evict keys (maxmemory-policy is allkeys-lru)');
  const [id = ''] = (await looks(['jobs', 'many', '--limit', '1', '--ids'])).out.split('\n');
  for (const args of [
    ['job', id],
    ['explain', id],
    ['tree', id],
    ['lanes', 'many'],
    ['quotas', 'many'],
  ])
    expect([args, (await looks(args)).code]).toEqual([args, 0]);
  for (const args of [
    ['schedules', 'many'],
    ['set-aside', 'list', 'many'],
    ['dispatchers'],
    ['doctor'],
  ])
    expect((await looks(args)).err).toBe('');
  expect(await admin.acl('LOG')).toEqual([]);
  const refused = await looks(['pause', 'many']);
  expect(refused.code).toBe(1);
  expect(refused.err).toMatch(/^drover: this user of Redis has no right/);

  await admin.acl('SETUSER', 'drover-monitor', '-info');
  const without = documentIn<FleetStatus>(await looks(['status', '--json']));
  expect(without.redis).toBeUndefined();
  expect(without.alarms.map(({ kind }) => kind)).toEqual(['lane-unserved']);
});
