// The HTTP API of the monitor: actions, their audit, and who may not do them.
import { defineTask, type Job } from '@drover/core';
import type { AuditEntry, DispatcherState } from '@drover/monitor';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { monitorOver } from '../../src/http/monitor.js';
import { routes } from '../../src/http/routes.js';
import { FleetView } from '../../src/model/fleet-view.js';
import { testContext } from '../../../../test/kit/context.js';
import { dispatchersIn } from '../../../../test/kit/dispatchers.js';
import { eventually } from '../../../../test/kit/wait.js';
import { clientOf, monitorIn, sent, type Refusal } from './monitor-requests.js';

const context = testContext('api-actions');
const { prefix, redis } = context;
const dispatchers = dispatchersIn(context);
const echo = defineTask('acts.echo', (value: unknown) => value);
let isBroken = true;
const fails = defineTask('acts.fails', () => {
  if (isBroken) throw new Error('broken');
  return 'mended';
});
const queue = context.queue('work');
const lines: AuditEntry[] = [];
const client = clientOf(
  monitorIn(context, { auth: () => 'ann', audit: (entry) => void lines.push(entry) }),
);
const last = (): AuditEntry | undefined => lines.at(-1);
let uuid: string;

beforeAll(async () => {
  ({ uuid } = await dispatchers.start('work', {
    queues: { work: { main: { size: 4 } }, damaged: { main: { size: 1 } } },
  }));
});

const idle = async (count: number): Promise<Job[]> =>
  await queue.putAll(
    Array.from({ length: count }, (_, i) => echo.job(i)),
    { lane: 'idle' },
  );
const idleOnes = { filter: { lane: 'idle' } };

describe('Q11 many jobs', () => {
  it('Q11 a dry run counts, and the count has to be confirmed', async () => {
    await idle(3);
    const path = '/api/queues/work/cancel';
    const before = lines.length;
    const dry = await client.post(path, { ...idleOnes, dryRun: true });
    expect([dry.status, dry.body]).toEqual([200, { matched: 3, done: 0, dryRun: true }]);
    expect(lines.length).toBe(before);
    for (const count of [undefined, 2, 4]) {
      const refused = await client.post<Refusal>(path, { ...idleOnes, count });
      expect([refused.status, refused.body.error]).toMatchObject([
        409,
        { code: 'OTHER_COUNT', matched: 3 },
      ]);
    }
    expect((await queue.counts()).pending).toBe(3);
    const done = await client.post(path, { ...idleOnes, count: 3, reason: 'no need' });
    expect([done.status, done.body]).toEqual([200, { matched: 3, done: 3 }]);
    expect(last()).toMatchObject({
      ...{ who: 'ann', action: '/api/queues/:queue/cancel', matched: 3, done: 3 },
      what: { queue: 'work', filter: { lane: 'idle' }, count: 3, reason: 'no need' },
    });
    expect(await queue.jobs({ lane: 'idle' })).toEqual([]);
  });

  it('Q11, O3 retries those that failed, and removes', async () => {
    const jobs = await queue.putAll([fails.job(), fails.job()]);
    for (const job of jobs) await job.wait().catch(() => undefined);
    isBroken = false;
    const filter = { task: 'acts.f*', status: ['failed'] };
    const retried = await client.post('/api/queues/work/retry', { filter, count: 2 });
    expect(retried.body).toEqual({ matched: 2, done: 2 });
    for (const job of jobs) expect(await (await job.refresh()).wait()).toBe('mended');
    await idle(2);
    const removed = await client.post('/api/queues/work/remove', { ...idleOnes, count: 2 });
    expect(removed.body).toEqual({ matched: 2, done: 2 });
  });

  it('Q11 no more jobs are changed than were counted, also with a status in the filter', async () => {
    isBroken = true;
    const view = new FleetView({ connection: context.redisUrl, prefix });
    const late = clientOf(monitorOver(view, { audit: () => {} }));
    cleanUpLater(() => view.close());
    const add = async () =>
      void (await (await queue.put(fails.job())).wait().catch(() => undefined));
    await add();
    // The monitor's own queue: another job fails between its count and its change.
    const own = view.queue('work');
    const { retryAll } = own;
    own.retryAll = async (filter, options) => {
      const counted = await retryAll.call(own, filter, options);
      if (options?.dryRun) await add();
      return counted;
    };
    const body = { filter: { task: 'acts.fails', status: ['failed', 'succeeded'] }, count: 1 };
    expect((await late.post('/api/queues/work/retry', body)).body).toEqual({ matched: 1, done: 1 });
    isBroken = false;
  });

  it('B2 all jobs of a queue are meant by all: true alone', async () => {
    const refused = await client.post<Refusal>('/api/queues/work/cancel', { dryRun: true });
    expect([refused.status, refused.body.error.code]).toEqual([400, 'BAD_INPUT']);
    const all = await client.post('/api/queues/work/cancel', { all: true, dryRun: true });
    expect(all.body).toEqual({ matched: 0, done: 0, dryRun: true });
  });
});

it('O1, Q3 one job is cancelled and removed, and a refusal is in the audit', async () => {
  const [one, two] = (await idle(2)) as [Job, Job];
  expect((await client.post(`/api/jobs/${one.id}/cancel`, { reason: 'why not' })).status).toBe(200);
  await expect(one.wait()).rejects.toThrow('why not');
  expect((await client.post(`/api/jobs/${two.id}/remove`, { queue: 'work' })).status).toBe(200);
  expect(await queue.get(two.id)).toBeUndefined();
  expect(last()).toMatchObject({ action: '/api/jobs/:id/remove', what: { id: two.id }, done: 1 });
  const refused = await client.post<Refusal>(`/api/jobs/${one.id}/remove`);
  expect([refused.status, refused.body.error.code]).toEqual([409, 'DROVER_BAD_STATUS']);
  expect(last()).toMatchObject({ what: { id: one.id }, error: 'DROVER_BAD_STATUS' });
});

it('O2 pauses and resumes a queue', async () => {
  const paused = await client.post('/api/queues/work/pause');
  expect([paused.body, await queue.isPaused()]).toEqual([{ queue: 'work', paused: true }, true]);
  await client.post('/api/queues/work/resume');
  expect(await queue.isPaused()).toBe(false);
  expect(last()).toMatchObject({ who: 'ann', what: { queue: 'work' } });
});

it('B1 dead letters are retried and dropped', async () => {
  const damaged = context.queue('damaged');
  await damaged.pause();
  const [mended, ...others] = (await damaged.putAll([echo.job(1), echo.job(2), echo.job(3)])) as [
    Job,
    ...Job[],
  ];
  for (const { id } of [mended, ...others])
    await redis.hset(`${prefix}:damaged:${id}`, 'opts', '{');
  await damaged.resume();
  await eventually(async () => (await damaged.counts()).setAside === 3);
  await redis.hset(`${prefix}:damaged:${mended.id}`, 'opts', '{}');
  const path = '/api/queues/damaged/set-aside';
  expect((await client.post(`${path}/retry`, { id: mended.id })).status).toBe(200);
  expect(await mended.wait()).toBe(1);
  expect((await client.post(`${path}/drop`)).status).toBe(400);
  expect((await client.post(`${path}/drop`, { all: true, count: 1 })).status).toBe(409);
  const dropped = await client.post(`${path}/drop`, { all: true, count: 2 });
  expect(dropped.body).toEqual({ matched: 2, done: 2 });
  expect(last()).toMatchObject({ action: '/api/queues/:queue/set-aside/drop', done: 2 });
});

it('Q5, Q9, Q10 settings are set, changed and removed; arguments are not in the audit', async () => {
  const at = (path: string, body: object) => client.post(`/api/queues/work/${path}`, body);
  for (const size of [2, 0]) expect((await at('quotas/set', { name: 'd', size })).status).toBe(200);
  expect(await queue.quotas.get('d')).toMatchObject({ size: 0 });
  expect((await at('quotas/remove', { name: 'd' })).status).toBe(200);
  expect((await at('quotas/remove', { name: 'd' })).status).toBe(404);
  for (const max of [5, 6])
    expect((await at('rate-limits/set', { name: 'r', max, duration: 1_000 })).status).toBe(200);
  expect(await queue.rateLimits.get('r')).toMatchObject({ max: 6 });
  expect((await at('rate-limits/remove', { name: 'r' })).status).toBe(200);
  const schedule = { name: 'n', cron: '0 3 * * *', task: 'acts.echo', args: ['hunter2'] };
  expect((await at('schedules/set', { ...schedule, every: 5 })).status).toBe(400);
  const set = await at('schedules/set', { ...schedule, lane: 'idle', overlap: 'skip' });
  expect(set.status).toBe(200);
  expect(JSON.stringify(last())).not.toContain('hunter2');
  expect(await queue.schedules.get('n')).toMatchObject({ lane: 'idle', overlap: 'skip' });
  await at('schedules/pause', { name: 'n' });
  expect(await queue.schedules.get('n')).toMatchObject({ paused: true });
  await at('schedules/resume', { name: 'n' });
  expect(await queue.schedules.get('n')).toMatchObject({ paused: false });
  expect((await at('schedules/remove', { name: 'n' })).status).toBe(200);
  expect((await at('schedules/remove', { name: 'n' })).status).toBe(409);
});

it('D9 agents are changed, and a dispatcher is drained and forgotten', async () => {
  const second = await dispatchers.start('work');
  const path = `/api/dispatchers/${second.uuid}`;
  const agent = { queue: 'work', name: 'gpu' };
  expect((await client.post(`${path}/agents/set`, agent)).status).toBe(400);
  const set = await client.post(`${path}/agents/set`, { ...agent, size: 2, lanes: ['gpu'] });
  expect(set.status).toBe(200);
  const { body } = await client.get<DispatcherState>(path);
  expect(body.agents.find(({ name }) => name === 'gpu')).toMatchObject({ size: 2, lanes: ['gpu'] });
  expect((await client.post(`${path}/agents/remove`, agent)).status).toBe(200);
  expect((await client.post(`${path}/forget`)).status).toBe(409);
  expect((await client.post(`${path}/drain`, { grace: 0 })).status).toBe(200);
  await eventually(async () => {
    const { body: now } = await client.get<DispatcherState>(path);
    return now.status === 'deactivated';
  });
  expect((await client.post(`${path}/forget`)).status).toBe(200);
  expect((await client.get(path)).status).toBe(404);
});

describe('B2 requests of other sites', () => {
  it.each([
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['plain text', { ...sent, 'content-type': 'text/plain' }, 415],
    ['no header of its own', { 'content-type': 'application/json' }, 403],
    ['another site', { ...sent, 'sec-fetch-site': 'cross-site' }, 403],
  ])('%s changes nothing', async (_, headers, status) => {
    const refused = await client.post<Refusal>('/api/queues/work/pause', {}, headers);
    expect([refused.status, await queue.isPaused()]).toEqual([status, false]);
  });

  it.each([
    ['no JSON', '{', 400],
    ['no object', '[]', 400],
    ['an unknown field', '{"force":true}', 400],
    ['a large body', `{"x":"${'x'.repeat(1_100_000)}"}`, 413],
  ])('%s changes nothing', async (_, body, status) => {
    const monitor = monitorIn(context);
    const request = new Request('http://m/api/queues/work/pause', {
      ...{ method: 'POST', headers: sent, body },
    });
    const refused = await monitor.fetch(request);
    expect([refused.status, await queue.isPaused()]).toEqual([status, false]);
  });
});

describe('B2 readOnly', () => {
  const actions = routes.filter(({ method }) => method === 'post');
  const readOnly = clientOf(monitorIn(context, { readOnly: true }));

  it.each(actions.map(({ path }) => path))('has no route POST %s', async (path) => {
    const real = path.replace(':queue', 'work').replace(':uuid', uuid).replace(':id', 'x');
    const { status, body } = await readOnly.post<Refusal>(real, {});
    expect([status, body.error.code]).toEqual([403, 'READ_ONLY']);
  });

  it('still looks', async () => {
    expect((await readOnly.get('/api/status')).status).toBe(200);
    expect((await readOnly.get('/api/queues/work/set-aside')).status).toBe(200);
    const [{ id }] = (await idle(1)) as [Job];
    for (const end of ['', '/explain', '/tree'])
      expect((await readOnly.get(`/api/jobs/${id}${end}`)).status).toBe(200);
    expect((await readOnly.get(`/api/dispatchers/${uuid}`)).status).toBe(200);
    expect((await readOnly.get('/api/doctor')).status).toBe(200);
  });
});

it('B2 openapi.json describes the routes that are registered, and no others', async () => {
  interface Described {
    paths: Record<string, Record<string, unknown>>;
  }
  const { body } = await client.get<Described>('/api/openapi.json');
  const described = Object.entries(body.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  );
  expect(described.length).toBeGreaterThan(30);
  for (const one of described) {
    const [method = '', path = ''] = one.split(' ');
    const real = path.replace(/{\w+}/g, 'none');
    const { body: answer } =
      method === 'get'
        ? await client.get<Partial<Refusal> | null>(`${real}?x=1`)
        : await client.post<Partial<Refusal>>(real, { x: 1 });
    expect([one, answer?.error?.code]).toEqual([one, 'BAD_INPUT']);
  }
});
