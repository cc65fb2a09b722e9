// The HTTP API of the monitor: what it answers to those who only look.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { defineTask, type Job } from '@drover/core';
import { parallel } from '@drover/composite';
import type {
  DispatcherView,
  Finding,
  FleetActivity,
  FleetStatus,
  JobRow,
  JobView,
} from '@drover/monitor';
import type { PartPage, QueueState, TreeNode } from '@drover/monitor';
import { testContext } from '../../../../test/kit/context.js';
import { dispatchersIn } from '../../../../test/kit/dispatchers.js';
import { wrongPassword } from '../../../../test/kit/secret.js';
import { ANSWERS } from '../../src/http/answers.js';
import { routes } from '../../src/http/routes.js';
import { clientOf, monitorIn, type Refusal } from './monitor-requests.js';

const context = testContext('api-reads');
const dispatchers = dispatchersIn(context);
const echo = defineTask('api.echo', (value: unknown) => value);
const fails = defineTask('api.fails', (value: unknown) => {
  throw new Error(`broken by ${String(value)}`);
});
const queue = context.queue('work');
const client = clientOf(monitorIn(context));
/** Markup, an escape of a terminal, a character that turns the direction, and half a surrogate. */
const HOSTILE = '<script>alert(1)</script>\x1b[31m\u202e\u0000\ud800"\'&';

let uuid: string;
let done: Job;
let failed: Job;
let composite: Job;

beforeAll(async () => {
  ({ uuid } = await dispatchers.start('work', {
    queues: { work: { main: { size: 4 } } },
  }));
  [done, failed, composite] = (await queue.putAll([
    echo.job({ secret: 1 }),
    fails.job('hunter2'),
    parallel([echo.job(1), echo.job(2)]),
  ])) as [Job, Job, Job];
  await Promise.all([done.wait(), failed.wait().catch(() => undefined), composite.wait()]);
  await queue.putAll(
    Array.from({ length: 5 }, (_, i) => echo.job(i)),
    { lane: 'idle' },
  );
  await queue.quotas.create('disk', 2);
  await queue.quotas.create('team', 1, { keyed: true });
  await queue.rateLimits.create('api', { max: 5, duration: 1_000 });
  await queue.schedules.set('nightly', { cron: '0 3 * * *' }, echo.job(1));
});

it('D10 status, queues, dispatchers and doctor are the read model as JSON', async () => {
  const status = await client.get<FleetStatus>('/api/status');
  expect(status.status).toBe(200);
  expect(status.body.queues.map(({ name }) => name)).toEqual(['work']);
  expect(status.body.alarms).toMatchObject([{ kind: 'lane-unserved', lane: 'idle', due: 5 }]);
  const queues = await client.get<QueueState[]>('/api/queues');
  expect(queues.body).toMatchObject([{ name: 'work', paused: false }]);
  const one = await client.get<QueueState>('/api/queues/work');
  expect(one.body.lanes.find(({ name }) => name === 'idle')).toMatchObject({ due: 5, agents: 0 });
  const all = await client.get<{ uuid: string }[]>('/api/dispatchers?ended=1');
  expect(all.body.map((found) => found.uuid)).toEqual([uuid]);
  const found = await client.get<DispatcherView>(`/api/dispatchers/${uuid.slice(0, 13)}`);
  expect(found.body).toMatchObject({ uuid, status: 'active', jobs: [] });
  const findings = await client.get<Finding[]>('/api/doctor');
  expect(findings.body.map(({ about }) => about)).toContain('alarms');
});

it('D10 activity counts the jobs that ended lately, in steps', async () => {
  const { body } = await client.get<FleetActivity>('/api/activity?within=60000&steps=3');
  expect(body).toMatchObject({ within: 60_000, succeeded: 4, failed: 1 });
  const ends = body.steps.map(({ from, to }) => [from - body.now, to - body.now]);
  expect(ends).toEqual([
    [-60_000, -40_000],
    [-40_000, -20_000],
    [-20_000, 0],
  ]);
  const sum = (name: 'succeeded' | 'failed') =>
    body.steps.reduce((total, step) => total + step[name], 0);
  expect([sum('succeeded'), sum('failed')]).toEqual([4, 1]);
});

it('Q5, Q9, Q10, B1 the settings of a queue, and what is set aside', async () => {
  const get = async (what: string) => (await client.get(`/api/queues/work/${what}`)).body;
  expect(await get('quotas')).toMatchObject([
    { name: 'disk', size: 2 },
    { name: 'team', keys: { inUse: 0, read: 0 } },
  ]);
  expect(await get('rate-limits')).toMatchObject([{ name: 'api', max: 5, duration: 1_000 }]);
  expect(await get('schedules')).toMatchObject([{ name: 'nightly', cron: '0 3 * * *' }]);
  expect(await get('set-aside')).toEqual({ letters: [], start: 0, limit: 50, total: 0 });
});

interface Page {
  jobs: JobRow[];
  more: boolean;
}

it('Q1 jobs are filtered as by the command, and paged', async () => {
  const get = async (query: string) =>
    (await client.get<Page>(`/api/queues/work/jobs?${query}`)).body;
  const first = await get('lane=idle&limit=3');
  expect([first.jobs.length, first.more]).toEqual([3, true]);
  const last = await get('lane=idle&limit=3&start=3');
  expect([last.jobs.length, last.more]).toEqual([2, false]);
  expect(new Set([...first.jobs, ...last.jobs].map(({ id }) => id)).size).toBe(5);
  const ended = await get(`status=failed,succeeded&task=api.*&since=1h&dispatcher=${uuid}`);
  expect(ended.jobs.map(({ id }) => id).sort()).toEqual(
    expect.arrayContaining([done.id, failed.id].sort()),
  );
  expect((await get('status=failed&until=1h')).jobs).toEqual([]);
  expect((await get('status=failed&text=hunter2')).jobs).toMatchObject([{ id: failed.id }]);
});

it('O4, J3, C1 a job with its values and failure, why, and its tree', async () => {
  const job = await client.get<JobView>(`/api/jobs/${done.id}`);
  expect(job.body).toMatchObject({ id: done.id, queue: 'work', args: [{ secret: 1 }] });
  expect(job.body.value).toEqual({ secret: 1 });
  const broken = await client.get<JobView>(`/api/jobs/${failed.id}?queue=work`);
  expect(broken.body.failure).toMatchObject({ name: 'Error', message: 'broken by hunter2' });
  const why = await client.get(`/api/jobs/${failed.id}/explain`);
  expect(why.body).toMatchObject({ reason: 'failed' });
  const tree = await client.get<TreeNode>(`/api/jobs/${composite.id}/tree`);
  expect(tree.body.children.map(({ role }) => role)).toEqual(['part', 'part']);
  const shallow = await client.get<TreeNode>(`/api/jobs/${composite.id}/tree?deep=0`);
  expect(shallow.body.children).toEqual([]);
});

it('C1 parts of a composite are told in order with their states, a page at a time', async () => {
  const ids = composite.children.map(({ id }) => id);
  const parts = ids.map((id) => ({ id, queue: 'work', state: 'succeeded' }));
  const all = await client.get<PartPage>(`/api/jobs/${composite.id}/parts?queue=work`);
  expect(all.body).toEqual({ parts, start: 0, total: 2 });
  const page = await client.get<PartPage>(`/api/jobs/${composite.id}/parts?start=1&limit=1`);
  expect(page.body).toEqual({ parts: parts.slice(1), start: 1, total: 2 });
  const none = await client.get<PartPage>(`/api/jobs/${done.id}/parts`);
  expect(none.body).toEqual({ parts: [], start: 0, total: 0 });
  for (const bad of ['limit=0', 'limit=1001'])
    expect((await client.get(`/api/jobs/${composite.id}/parts?${bad}`)).status).toBe(400);
});

it('B2 openapi.json is in the package, and each answer has the form that it gives', async () => {
  const file = createRequire(import.meta.url).resolve('@drover/monitor/openapi.json');
  const shipped = JSON.parse(readFileSync(file, 'utf8')) as object;
  expect((await client.get('/api/openapi.json')).body).toEqual(shipped);
  for (const { method, path, answers } of routes) {
    if (method !== 'get' || answers === 'Events') continue;
    const real = path.replace(':queue', 'work').replace(':uuid', uuid);
    for (const { id } of path.includes(':id') ? [done, failed, composite] : [done]) {
      const { status, body } = await client.get(real.replace(':id', id));
      const { error } = ANSWERS[answers].safeParse(body);
      expect([path, status, error]).toEqual([path, 200, undefined]);
    }
  }
});

it('B2 hostile names and arguments stay data: JSON of ASCII where they could do harm', async () => {
  const { id } = await queue.put(echo.job({ [HOSTILE]: HOSTILE }).with({ meta: { m: HOSTILE } }), {
    lane: 'idle',
  });
  const { text, body, headers } = await client.get<JobView>(`/api/jobs/${id}`);
  expect(body.args).toEqual([{ [HOSTILE]: HOSTILE }]);

  expect(text).not.toMatch(/[\x00-\x1f\u007f-\u009f\u202e\ud800-\udfff]/);
  expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  const name = encodeURIComponent(HOSTILE.replace('\ud800', ''));
  const refused = await client.get<Refusal>(`/api/queues/${name}`);
  expect(refused.status).toBe(404);
  expect(refused.headers.get('content-type')).toMatch(/^application\/json/);
  await queue.remove(id);
});

describe('B2 refusals are a code and a sentence', () => {
  it.each([
    ['/api/queues/none', 404, 'NOT_FOUND', /there is no queue none/],
    ['/api/queues/none/jobs', 404, 'NOT_FOUND', /no queue/],
    ['/api/jobs/0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b', 404, 'NOT_FOUND', /there is no job/],
    ['/api/jobs/0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b?queue=none', 404, 'NOT_FOUND', /no queue/],
    ['/api/dispatchers/ffffffff', 404, 'NOT_FOUND', /there is no dispatcher/],
    ['/api/none', 404, 'NO_PATH', /openapi.json/],
    ['/api/status?fast=1', 400, 'BAD_INPUT', /fast/],
    ['/api/activity?steps=13', 400, 'DROVER_INVALID_ARGUMENT', /from 1 to 12/],
    ['/api/activity?within=-1', 400, 'BAD_INPUT', /within/],
    ['/api/queues/work/jobs?status=late', 400, 'DROVER_INVALID_ARGUMENT', /status takes/],
    ['/api/queues/work/jobs?since=soon', 400, 'DROVER_INVALID_ARGUMENT', /since takes 10m/],
    ['/api/queues/work/jobs?limit=501', 400, 'DROVER_INVALID_ARGUMENT', /from 1 to 500/],
    ['/api/queues/work/jobs?start=-1', 400, 'BAD_INPUT', /start: a whole number/],
    ['/api/queues/work/jobs?lane=a:b', 400, 'DROVER_INVALID_ARGUMENT', /lane/],
    ['/api/jobs/%00/tree', 400, 'DROVER_INVALID_ARGUMENT', /./],
    ['/api/jobs/%E0%A4%A/tree', 400, 'DROVER_INVALID_ARGUMENT', /./],
  ])('GET %s: %i %s', async (path, status, code, says) => {
    const refused = await client.get<Refusal>(path);
    expect([refused.status, refused.body.error.code]).toEqual([status, code]);
    expect(refused.body.error.message).toMatch(says);
    expect(refused.text).not.toContain('    at ');
  });
});

it('B3 without a Redis it answers 503 at once, without the password', async () => {
  const errors: Error[] = [];
  const redisUrl = `redis://:${encodeURIComponent(wrongPassword)}@127.0.0.1:1`;
  const away = monitorIn({ ...context, redisUrl }, { onError: (error) => errors.push(error) });
  const { status, body, text } = await clientOf(away).get<Refusal>('/api/status');
  expect([status, body.error.code]).toEqual([503, 'DROVER_UNAVAILABLE']);
  expect(text).not.toContain(wrongPassword);
  expect(errors.length).toBeGreaterThan(0);
});

it('B2 every answer has strict headers, also refusals', async () => {
  for (const path of ['/', '/api/status', '/api/none', '/api/queues/none', '/api/openapi.json']) {
    const { headers } = await client.get(path);
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('access-control-allow-origin')).toBeNull();
  }
});

it('D10 about tells the page what it shows, and whether it has actions', async () => {
  const about = { prefix: context.prefix, readOnly: false, redacted: false };
  expect((await client.get('/api/about')).body).toMatchObject(about);
  const other = clientOf(monitorIn(context, { readOnly: true, redact: true }));
  expect((await other.get('/api/about')).body).toMatchObject({ readOnly: true, redacted: true });
});

it('B2 it is mounted under a path', async () => {
  const mounted = clientOf(monitorIn(context, { basePath: '/admin/drover' }));
  for (const path of ['/admin/drover/api/status', '/admin/drover/'])
    expect([path, (await mounted.get(path)).status]).toEqual([path, 200]);
  // Its links are relative.
  const bare = await mounted.get('/admin/drover');
  expect([bare.status, bare.headers.get('location')]).toEqual([302, './drover/']);
  expect((await mounted.get('/api/status')).status).toBe(404);
});

describe('B2 auth', () => {
  const auth = (request: Request) => {
    const key = request.headers.get('x-key');
    if (key === 'breaks') throw new Error('no such key: hunter2');
    return Promise.resolve(key === 'right' ? { name: 'ann' } : undefined);
  };
  const errors: Error[] = [];
  const guarded = clientOf(monitorIn(context, { auth, onError: (error) => errors.push(error) }));

  it('refuses every path to nobody, and lets a user in', async () => {
    for (const path of ['/', '/api/status', '/api/none', '/api/openapi.json']) {
      const { status, body } = await guarded.get<Refusal>(path);
      expect([path, status, body.error.code]).toEqual([path, 401, 'NOT_AUTHENTICATED']);
    }
    expect((await guarded.get('/api/status', { 'x-key': 'right' })).status).toBe(200);
  });

  it('refuses where the hook throws, and tells the caller nothing of it', async () => {
    const { status, body, text } = await guarded.get<Refusal>('/', { 'x-key': 'breaks' });
    expect([status, body.error.code]).toEqual([500, 'INTERNAL']);
    expect(text).not.toContain('hunter2');
    expect(errors.at(-1)?.message).toBe('no such key: hunter2');
  });
});

describe('B2 redact', () => {
  it('true hides arguments, values and messages, wherever they would be shown', async () => {
    const redacted = clientOf(monitorIn(context, { redact: true }));
    const job = await redacted.get<JobView>(`/api/jobs/${failed.id}`);
    expect(job.body.failure).toEqual({ name: 'Error', message: '(redacted)' });
    expect(job.body.why.sentence).toMatch(/failure.*Error: \(redacted\)/);
    const paths = [failed, done].flatMap(({ id }) =>
      ['', '/tree', '/explain', '/explain?queue=work'].map((end) => `/api/jobs/${id}${end}`),
    );
    for (const path of paths) {
      const { status, text } = await redacted.get(path);
      expect([path, status]).toEqual([path, 200]);
      expect(text).not.toMatch(/hunter2|secret/);
    }
    const filter = await redacted.get<Refusal>('/api/queues/work/jobs?text=hunter2');
    expect(filter.status).toBe(400);
    expect(filter.body.error.message).toMatch(/not shown here/);
  });

  it('a hook chooses by task and field; where it throws, nothing is shown', async () => {
    const hook = clientOf(
      monitorIn(context, {
        redact(value, { task, field }) {
          if (task === 'api.fails') throw new Error('broken hook');
          return field === 'args' ? ['…'] : value;
        },
      }),
    );
    const job = await hook.get<JobView>(`/api/jobs/${done.id}`);
    expect([job.body.args, job.body.value]).toEqual([['…'], { secret: 1 }]);
    const broken = await hook.get<JobView>(`/api/jobs/${failed.id}`);
    expect(broken.body.args).toBeUndefined();
    expect(broken.text).not.toContain('hunter2');
  });
});
