// Packed parts in unusual company: many due jobs, handles of each other, results that cannot be
// stored, threads.
import { defineTask, joinJobs, local, type Job } from '@drover/core';
import { parallel, serial, type Composite } from '@drover/composite';
import { waitForResult, waitForStart } from '@drover/core/testing';
import { testContext } from '../../../../test/kit/context.js';
import { packClaims, packsIn } from '../../../../test/kit/packs.js';
import { where } from '../../../../test/kit/thread-tasks.js';
import { eventually } from '../../../../test/kit/wait.js';
import { startDispatcher } from './dispatchers.js';
import {
  expectNothingLeft,
  gateOf,
  held,
  kinds,
  outcomes,
  outcomesOf,
  packedKind,
  PATIENCE,
  put,
  ran,
  short,
  shorts,
  upTo,
} from './packed.js';

const context = testContext('packs-odd');

/** More jobs than one script moves, all of them due. */
async function manyDue(name: string): Promise<void> {
  const due = shorts(`${name} due`, 1_100).map((job) => job.with({ beginAfter: 3_600_000 }));
  await context.queue(name).putAll(due);
  const base = `${context.prefix}:${name}`;
  const scores = due.flatMap(({ id }, i) => [(Date.now() - 60_000 + i) * 0x1000, id]);
  await context.redis.zadd(`${base}:delayed`, 'XX', ...scores);
  await Promise.all(due.map(({ id }) => context.redis.hset(`${base}:${id}`, 'opts', '{}')));
}

it.each(kinds.slice(0, 2))(
  'Q1 a pack comes after more due jobs than one script moves, and is opened there: %s',
  async (kind, compose) => {
    const name = `due-${kind.replace(' ', '-')}`;
    const queue = context.queue(name);
    const whole = compose(shorts(name, 40), { packed: true });
    const blocker = held.job(`${name} gate`, 0);
    await queue.putAll([whole as Job, blocker as Job]);
    await manyDue(name);
    await startDispatcher(context, name, 1);
    await eventually(async () => (await blocker.refresh()).status === 'active');
    const [pack] = (await packsIn(context, name)).slice(-1) as [string];
    const delayed = `${context.prefix}:${name}:delayed`;
    expect(await context.redis.zscore(delayed, pack)).not.toBeNull();
    expect((await (whole.jobs[0] as Job).refresh()).status).toBe('pending');
    await (whole.jobs[39] as Job).addCallback(short.job(`${name} called`, 39) as Job);
    gateOf(`${name} gate`).open();
    expect(await whole.wait({ timeout: 30_000 })).toEqual(upTo(40));
    await expectNothingLeft(context, name);
    expect(await queue.deadLetters().list()).toEqual([]);
    expect([...(ran.get(name) ?? [])].map(Number).sort((a, b) => a - b)).toEqual(upTo(40));
    expect(ran.get(`${name} due`)).toHaveLength(1_100);
  },
);

describe.each(kinds)('%s', (kind, compose, asPacks) => {
  const { name, make } = packedKind(context, kind, compose, asPacks);

  it('J12 waits for packed parts, each begun before and within the run, end with its start and value', async () => {
    const of = `${name} waits`;
    const parts = shorts(of, 8);
    parts[5] = held.job(of, 5) as Job;
    const whole = make(parts);
    await put(context, `${name}-waits`, whole, asPacks);
    const early = parts.map((part) => part.wait(PATIENCE));
    const results = parts.map((part) => waitForResult(part, PATIENCE));
    const starts = waitForStart(parts[5]);
    await startDispatcher(context, `${name}-waits`, 2);
    await starts;
    const late = parts.map((part) => part.wait(PATIENCE));
    gateOf(of).open();
    expect(await whole.wait(PATIENCE)).toEqual(upTo(8));
    for (const waits of [early, results, late]) expect(await Promise.all(waits)).toEqual(upTo(8));
  });

  it('J4, J12 packed parts get handles of each other and of their composite', async () => {
    const of = `${name} refs`;
    const looks = defineTask(`packs-odd.looks.${name}`, async (value: unknown, other: Job) => {
      await other.refresh();
      return [value, other.task, other.args[1] ?? 'none'];
    });
    const waits = defineTask(`packs-odd.waits.${name}`, async (other: Job) => other.wait(PATIENCE));
    const parts = shorts(of, 3);
    const [first, , last] = parts as [Job, Job, Job];
    parts.push(
      looks.job('to the first', first) as Job,
      waits.job(first) as Job,
      waits.job(last) as Job,
    );
    parts.push(...shorts(of, 2, 6));
    parts[2] = looks.job('to a later one', parts[7] as Job) as Job;
    parts[5] = waits.job(parts[2]) as Job;
    const whole = make(parts, { postprocess: outcomes.job() as Job });
    await put(context, `${name}-refs`, whole, asPacks);
    await startDispatcher(context, `${name}-refs`, 2);
    const later = ['to a later one', 'noted.short', 7];
    expect(await whole.wait(PATIENCE)).toEqual([
      ...[0, 1, later, ['to the first', 'noted.short', 0], 0, later, 6, 7],
    ]);
    expect([...(ran.get(of) ?? [])].map(Number).sort()).toEqual([0, 1, 6, 7]);
  });

  it('J3, R2 a packed part whose result cannot be stored fails alone', async () => {
    const of = `${name} unstorable`;
    const results: Record<string, () => unknown> = {
      function: () => () => 1,
      large: () => 'x'.repeat(20_000),
      nothing: () => undefined,
      rejection: () => Promise.reject(new Error('rejected')),
    };
    const odd = defineTask(`packs-odd.odd.${name}`, (which: string) => results[which]?.());
    const parts = [
      ...shorts(of, 5),
      ...Object.keys(results).map((which) => odd.job(which) as Job),
      ...shorts(of, 5, 5),
    ];
    const whole = make(parts, { postprocess: outcomes.job() as Job });
    await put(context, `${name}-unstorable`, whole, asPacks);
    await startDispatcher(context, `${name}-unstorable`, 2, { maxDataBytes: 10_000 });
    expect(await whole.wait(PATIENCE)).toEqual([
      ...upTo(5),
      expect.stringContaining('function'),
      expect.stringContaining('maxDataBytes'),
      undefined,
      'rejected',
      ...[5, 6, 7, 8, 9],
    ]);
    expect(ran.get(of)).toHaveLength(10);
  });
});

it('Q6 a packed composite in another lane has its packs in that lane', async () => {
  const queue = context.queue('other-lane');
  const whole = serial(shorts('other-lane', 6), { packed: true }).with({
    lane: 'side',
  }) as Composite<unknown>;
  const wide = parallel(shorts('other-lane', 40), { packed: true }).with({
    lane: 'side',
  }) as Composite<unknown>;
  await queue.putAll([whole, wide] as Job[]);
  const queues = { 'other-lane': { main: { size: 2, lanes: ['main', 'side'] } } };
  await startDispatcher(context, 'other-lane', 2, { queues });
  expect(await outcomesOf([whole, wide] as Job[])).toEqual([upTo(6), upTo(40)]);
  // Parts in another lane than their composite are stored by themselves.
  expect((await packClaims(context, 'other-lane')).size).toBe(0);
  expect(await packsIn(context, 'other-lane')).toEqual([]);
});

it('J6, J5 a job that its run puts and waits for beside packed ones runs once', async () => {
  const puts = defineTask('packs-odd.puts', async () => {
    const own = short.job('puts', 'own') as Job;
    await local.getQueue().put(own);
    return joinJobs([...shorts('puts others', 3), own, ...shorts('puts others', 3, 3)], {
      packed: true,
    });
  });
  const job = await context.queue('puts').put(puts.job());
  await startDispatcher(context, 'puts', 2);
  expect(await job.wait(PATIENCE)).toEqual([0, 1, 2, 'own', 3, 4, 5]);
  await expectNothingLeft(context, 'puts');
  expect(ran.get('puts')).toEqual(['own']);
});

it('D7 packed parts run in the threads of an agent', async () => {
  const parts = () => upTo(10).map(() => where.job() as Job);
  const [row, wide] = [serial(parts(), { packed: true }), parallel(parts(), { packed: true })];
  await context.queue('threads').putAll([row, wide] as Job[]);
  await startDispatcher(context, 'threads', 2, { threads: true });
  for (const whole of [row, wide] as Composite<unknown>[]) {
    const threads = (await whole.wait(PATIENCE)) as number[];
    expect(threads).toHaveLength(10);
    expect(Math.min(...threads)).toBeGreaterThan(0);
    for (const part of whole.jobs) expect((await part.refresh()).status).toBe('completed');
  }
});
