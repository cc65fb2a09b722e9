// Commands that change something: each does what the call of the API does, says how many, and does
// nothing to many jobs before the caller has named their number.
import { defineTask, local, type Job } from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { dispatchersIn } from '../../../../test/kit/dispatchers.js';
import { eventually } from '../../../../test/kit/wait.js';
import { documentIn, droverIn } from './drover.js';

const context = testContext('changes');
const { prefix, redis } = context;
const drover = droverIn(context);
const dispatchers = dispatchersIn(context);
const echo = defineTask('changes.echo', (value: unknown) => value);
let isBroken = true;
const fails = defineTask('changes.fails', () => {
  if (isBroken) throw new Error('broken');
  return local.attempt;
});
const queue = context.queue('work');

beforeAll(async () => {
  await dispatchers.start('work', {
    queues: { work: { main: { size: 4 } }, damaged: { main: { size: 1 } } },
  });
});

const idle = async (count: number): Promise<Job[]> =>
  await queue.putAll(
    Array.from({ length: count }, (_, i) => echo.job(i)),
    { lane: 'idle' },
  );

describe('many jobs (Q11)', () => {
  it('Q11 cancel by a filter counts first, and needs the number', async () => {
    const jobs = await idle(3);
    const filter = ['cancel', 'work', '--lane', 'idle'];
    const dry = await drover([...filter, '--dry-run']);
    expect([dry.code, dry.out]).toEqual([0, 'cancel work would change 3 jobs.\n']);
    const refused = await drover(filter);
    expect([refused.code, refused.out]).toEqual([2, '']);
    expect(refused.err).toContain('Repeat it with --confirm 3');
    expect((await drover([...filter, '--confirm', '4'])).err).toContain('3 jobs, not 4');
    expect((await jobs[0]?.refresh())?.status).toBe('pending');

    const { code, out } = await drover([...filter, '--confirm', '3', '--reason', 'no need']);
    expect([code, out]).toEqual([0, '3 jobs cancelled.\n']);
    await expect(jobs[2]?.wait()).rejects.toThrow('no need');
  });

  it('Q11 a terminal is asked, and an answer that is not the number does nothing', async () => {
    await idle(2);
    const filter = ['remove', 'work', '--lane', 'idle'];
    const no = await drover(filter, { columns: 80, answers: ['yes'] });
    expect([no.code, no.out]).toEqual([2, 'remove work changes 2 jobs. Type 2 to go on: ']);
    expect((await queue.counts()).pending).toBe(2);
    const yes = await drover([...filter, '--json'], { columns: 80, answers: ['2'] });
    expect(yes.code).toBe(0);
    expect(yes.out).toMatch(/{\s+"matched": 2,\s+"done": 2\s+}\n$/);
    expect((await queue.counts()).pending).toBe(0);
    const none = await drover(filter);
    expect([none.code, none.out]).toEqual([0, 'No job matches.\n']);
  });

  it('Q11, O3 retry by a filter lets failed jobs run again', async () => {
    const jobs = await queue.putAll([fails.job(), fails.job()]);
    for (const job of jobs) await job.wait().catch(() => undefined);
    isBroken = false;
    const ran = await drover(['retry', 'work', '--task', 'changes.f*', '--confirm', '2', '--json']);
    expect(documentIn(ran)).toEqual({ matched: 2, done: 2 });
    for (const job of jobs) expect(await (await job.refresh()).wait()).toBe(2);
  });

  it('B2 all jobs of a queue are meant by --all alone', async () => {
    const { code, err } = await drover(['cancel', 'work', '--dry-run']);
    expect([code, err]).toEqual([2, 'drover: cancel work needs a filter, or --all\n']);
    expect((await drover(['cancel', 'work', '--all', '--dry-run'])).code).toBe(0);
  });
});

it('O1, Q3 cancel, remove and retry change one job by its id', async () => {
  const [one, two] = (await idle(2)) as [Job, Job];
  const cancelled = await drover(['cancel', one.id]);
  expect([cancelled.code, cancelled.out]).toEqual([
    0,
    `Job ${one.id} (changes.echo): cancelled.\n`,
  ]);
  expect(documentIn(await drover(['remove', two.id, '--json']))).toEqual({
    id: two.id,
    done: true,
  });
  expect(await queue.get(two.id)).toBeUndefined();
  const gone = await drover(['retry', two.id]);
  expect([gone.code, gone.out]).toEqual([1, '']);
  const refused = await drover(['remove', one.id]);
  expect(refused.code).toBe(1);
  expect(refused.err).toMatch(/only a pending job can be removed/);
});

it('B1 set-aside lists dead letters with their reasons, retries and drops them', async () => {
  const damaged = context.queue('damaged');
  await damaged.pause();
  const jobs = await damaged.putAll([echo.job(1), echo.job(2), echo.job(3)]);
  for (const { id } of jobs) await redis.hset(`${prefix}:damaged:${id}`, 'opts', '{');
  await damaged.resume();
  await eventually(async () => (await damaged.counts()).setAside === 3);
  const { out } = await drover(['set-aside', 'list', 'damaged']);
  expect(out).toMatch(/^\S{36}  changes.echo  main  .* ago\n  its field opts is not JSON\n/);
  const [mended, ...others] = jobs as [Job, ...Job[]];
  await redis.hset(`${prefix}:damaged:${mended.id}`, 'opts', '{}');
  expect((await drover(['set-aside', 'retry', 'damaged', mended.id])).code).toBe(0);
  expect(await mended.wait()).toBe(1);
  expect((await drover(['set-aside', 'retry', 'damaged', mended.id])).code).toBe(1);
  expect((await drover(['set-aside', 'drop', 'damaged'])).code).toBe(2);
  const dropped = await drover(['set-aside', 'drop', 'damaged', '--all', '--confirm', '2']);
  expect([dropped.code, dropped.out]).toEqual([0, '2 dropped.\n']);
  expect(await damaged.get(others[0]?.id ?? '')).toBeUndefined();
  expect((await drover(['set-aside', 'list', 'damaged'])).out).toBe('No job is set aside.\n');
});

it('Q1, Q8 put takes a task by its name, with options, and writes the id', async () => {
  const { code, out } = await drover(['put', 'work', 'changes.echo', '[{"a":1}]', '--key', 'k']);
  expect(code).toBe(0);
  expect(await (await queue.get(out.trim()))?.wait()).toEqual({ a: 1 });
  const options = ['--lane', 'idle', '--priority', '7', '--key', 'x', '--meta', '{"t":1}'];
  const put = await drover(['put', 'work', 'changes.echo', ...options, '--json']);
  const { id } = documentIn<{ id: string }>(put);
  expect(await queue.get(id)).toMatchObject({ meta: { t: 1 }, args: [] });
  expect((await queue.get(id))?.options).toMatchObject({ lane: 'idle', priority: 7 });
  const again = await drover(['put', 'work', 'changes.echo', '--key', 'x']);
  expect(again.out).toBe(`Job ${id} has that key: nothing was put.\n`);
  for (const bad of [['{}'], ['[1'], ['[]', '--priority', '-1'], ['[]', '--meta', 'x']])
    expect((await drover(['put', 'work', 'changes.echo', ...bad])).code).toBe(2);
  await queue.removeAll({ lane: 'idle' });
});

it('O2 pause and resume stop and start a queue, and queues and lanes show it', async () => {
  const { out } = await drover(['pause', 'work']);
  expect(out).toBe('The queue work is paused.\n');
  expect(await queue.isPaused()).toBe(true);
  await idle(1);
  expect((await drover(['queues'])).out).toMatch(/^work \(paused\) +1 /m);
  const lanes = (await drover(['lanes', 'work'])).out;
  expect(lanes).toMatch(/^LANE +DUE +LATE .* AGENTS +SLOTS$/m);
  expect(lanes).toMatch(/^main .* 1 +4$/m);
  expect(lanes).toMatch(/^idle +1 .* 0 +0$/m);
  const record = JSON.parse((await drover(['lanes', 'work', '--json'])).out.split('\n')[0] ?? '');
  expect(record).toMatchObject({ name: 'system', agents: 1 });
  expect(documentIn(await drover(['resume', 'work', '--json']))).toEqual({
    queue: 'work',
    paused: false,
  });
  expect(await queue.isPaused()).toBe(false);
});

it('Q5 quotas are listed, made, resized and removed', async () => {
  expect((await drover(['quotas', 'work'])).out).toBe('The queue work has no quotas.\n');
  expect((await drover(['quotas', 'work', 'set', 'disk', '2'])).out).toMatch(/is made, with/);
  expect((await drover(['quotas', 'work', 'set', 'disk', '0'])).out).toMatch(/before 2/);
  expect((await drover(['quotas', 'work'])).out).toMatch(/^disk +0 +0 +0$/m);
  expect(JSON.parse((await drover(['quotas', 'work', '--json'])).out)).toEqual({
    ...{ name: 'disk', size: 0, held: 0, holders: [], waiters: 0 },
  });
  expect((await drover(['quotas', 'work', 'remove', 'disk'])).code).toBe(0);
  expect((await drover(['quotas', 'work', 'set', 'team', '2', '--keyed'])).code).toBe(0);
  expect((await queue.quotas.get('team'))?.keys).toMatchObject({ inUse: 0 });
  await queue.quotas.remove('team');
  expect((await drover(['quotas', 'work', 'remove', 'disk'])).code).toBe(1);
  for (const bad of [['set'], ['set', 'disk'], ['set', 'disk', 'x'], ['grow', 'disk']])
    expect((await drover(['quotas', 'work', ...bad])).code).toBe(2);
});

it('Q9 rate limits are listed, made, changed and removed, plain and with keys', async () => {
  const limits = (...args: string[]) => drover(['limits', 'work', ...args]);
  expect((await limits()).out).toBe('The queue work has no rate limits.\n');
  expect((await limits('set', 'api', '10', '1s')).out).toBe('The rate limit api is 10 in 1.0 s.\n');
  expect((await limits('set', 'api', '0', '500ms')).code).toBe(0);
  expect((await limits('set', 'tenant', '5', '2m', '--keyed')).code).toBe(0);
  const { out } = await limits();
  expect(out).toMatch(/^api +0 +500 ms +0 +0 +open$/m);
  expect(out).toMatch(/^tenant +5 +2 min +- +- +keys with jobs: 0$/m);
  expect(await queue.rateLimits.get('api')).toMatchObject({ max: 0, duration: 500 });
  expect(JSON.parse((await limits('--json')).out.split('\n')[0] ?? '')).toMatchObject({ max: 0 });
  for (const name of ['api', 'tenant']) expect((await limits('remove', name)).code).toBe(0);
  expect((await limits('remove', 'api')).code).toBe(1);
  for (const bad of [['set'], ['set', 'a'], ['set', 'a', '1'], ['set', 'a', '1', '5'], ['x', 'a']])
    expect((await limits(...bad)).code).toBe(2);
});

it('Q10 schedules are set, with arguments, lane and modes', async () => {
  const set = (...args: string[]) => drover(['schedules', 'work', 'set', 'sweep', ...args]);
  const cron = ['--cron', '0 3 * * *', '--timezone', 'Europe/Berlin'];
  const done = await set('changes.echo', '[7]', ...cron, '--lane', 'idle', '--overlap', 'skip');
  expect(done.out).toMatch(/^The schedule sweep is set: its next time is 20\d\d-/);
  expect(await queue.schedules.get('sweep')).toMatchObject({
    ...{ cron: '0 3 * * *', timezone: 'Europe/Berlin', lane: 'idle', overlap: 'skip' },
  });
  const every = await set('changes.echo', '--every', '1h', '--missed', 'none', '--json');
  expect(documentIn(every)).toMatchObject({ schedule: 'sweep', task: 'changes.echo' });
  expect(await queue.schedules.get('sweep')).toMatchObject({ every: 3_600_000, missed: 'none' });
  for (const bad of [
    [],
    ['changes.echo'],
    ['changes.echo', '{}', '--every', '1h'],
    ['changes.echo', '--every', '1h', '--cron', '* * * * *'],
    ['changes.echo', '--every', '1h', '--timezone', 'UTC'],
    ['changes.echo', '--every', 'soon'],
    ['changes.echo', '--cron', 'often'],
    ['changes.echo', '--every', '1h', '--overlap', 'maybe'],
  ])
    expect([bad, (await set(...bad)).code]).toEqual([bad, 2]);
  await queue.schedules.remove('sweep');
});

it('Q10 schedules are listed, paused, resumed and removed', async () => {
  await queue.schedules.set('nightly', { cron: '0 3 * * *' }, echo.job(1));
  await queue.schedules.set('often', { every: 3_600_000 }, echo.job(1));
  const { out } = await drover(['schedules', 'work']);
  expect(out).toMatch(/^nightly +0 3 \* \* \* UTC +changes.echo +in /m);
  expect(out).toMatch(/^often +every 1 h +changes.echo /m);
  expect((await drover(['schedules', 'work', 'pause', 'nightly'])).code).toBe(0);
  expect((await drover(['schedules', 'work'])).out).toMatch(/^nightly .* paused/m);
  expect((await drover(['schedules', 'work', 'resume', 'nightly'])).code).toBe(0);
  for (const name of ['nightly', 'often'])
    expect((await drover(['schedules', 'work', 'remove', name])).code).toBe(0);
  expect((await drover(['schedules', 'work', 'pause', 'nightly'])).code).toBe(1);
  expect((await drover(['schedules', 'work', 'pause'])).code).toBe(2);
});
