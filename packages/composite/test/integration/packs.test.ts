// Packed parts run and end as parts that are stored by themselves: results, failures, nested
// composites, puts, returned jobs (docs/protocol/packs.md).
import { defineTask, joinJobs, local, RetryableError, type Job } from '@drover/core';
import { parallel, serial, type Composite } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { closedPacks, packsIn } from '../../../../test/kit/packs.js';
import { eventually } from '../../../../test/kit/wait.js';
import { startDispatcher } from './dispatchers.js';
import {
  expectNothingLeft,
  fails,
  kinds,
  outcomes,
  outcomesOf,
  PATIENCE,
  put,
  ran,
  short,
  shorts,
  upTo,
} from './packed.js';

const context = testContext('packs');

/** Resolves with its value after some turns of the event loop. */
const slow = defineTask('packs.slow', async (of: string, value: unknown) => {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  return short.run(of, value);
});

it('C5 packs of a parallel and of a serial are claimed as packs', async () => {
  await startDispatcher(context, 'claims', 2);
  // The first pack of a parallel is opened, where the lane has had no short jobs yet. On a busy
  // machine jobs may take too long to count as short.
  const claimed = async () => await closedPacks(context, 'claims');
  for (let i = 0; i < 50 && (await claimed()).parallels === 0; i++) {
    const whole = await context.queue('claims').put(parallel(shorts(`wide ${i}`, 200)));
    expect(await whole.wait(PATIENCE)).toEqual(upTo(200));
  }
  const row = await context.queue('claims').put(serial(shorts('long', 20)));
  expect(await row.wait(PATIENCE)).toEqual(upTo(20));
  expect(await claimed()).toEqual({ parallels: expect.any(Number), serials: 1 });
  expect((await claimed()).parallels).toBeGreaterThan(0);
  expect(ran.get('long')).toEqual(upTo(20));
  await expectNothingLeft(context, 'claims');
});

it.each<[string, boolean, () => Composite<unknown>]>([
  ['32 parts', true, () => parallel(shorts('d', 32))],
  ['31 parts', false, () => parallel(shorts('d', 31))],
  [
    '31 packable parts of 32',
    false,
    () =>
      parallel([...shorts('d', 31), short.job('d', 31).with({ retryPolicy: 'NeverRetry' }) as Job]),
  ],
  ['2 parts, packed', true, () => parallel(shorts('d', 2), { packed: true })],
  ['1 part, packed', false, () => parallel(shorts('d', 1), { packed: true })],
  ['100 parts, not packed', false, () => parallel(shorts('d', 100), { packed: false })],
  ['4 steps', true, () => serial(shorts('d', 4))],
  ['3 steps', false, () => serial(shorts('d', 3))],
  ['2 steps, packed', true, () => serial(shorts('d', 2), { packed: true })],
  ['9 steps, not packed', false, () => serial(shorts('d', 9), { packed: false })],
])('C5 of %s some are packed: %s', async (what, isPacked, make) => {
  const name = what.replace(/\W+/g, '-');
  const job = await context.queue(name).put(make());
  await startDispatcher(context, name, 1);
  const results = (await job.wait(PATIENCE)) as unknown[];
  expect([...results].sort()).toEqual(upTo(job.jobs.length).sort());
  // An opened pack leaves the events of its parts. A closed one is stored.
  const events = await context.redis.xrange(`${context.prefix}:${name}:events`, '-', '+');
  const packs = new Set(
    events.flatMap(([, flat]) => flat.filter((text) => /^[\da-f-]{14}8/.test(text))),
  );
  expect(packs.size > 0).toBe(isPacked);
});

describe.each(kinds)('%s', (kind, compose, asPacks) => {
  const name = kind.replace(' ', '-');
  const make = (parts: readonly Job[], options: { postprocess?: Job; onFailure?: 'stop' } = {}) =>
    compose(parts, { packed: true, ...options });

  /** Puts a composite into a queue with a dispatcher of so many slots. */
  async function start<J extends Job>(what: string, job: J, size = 2): Promise<J> {
    await put(context, `${name}-${what}`, job, asPacks);
    await startDispatcher(context, `${name}-${what}`, size);
    return job;
  }

  it('C1 gives the results in order, and runs each part once', async () => {
    const of = `${name} order`;
    const job = await start('order', make(shorts(of, 70), { postprocess: outcomes.job() as Job }));
    expect(await job.wait(PATIENCE)).toEqual(upTo(70));
    expect([...(ran.get(of) ?? [])].sort()).toEqual(upTo(70).sort());
    if (kind === 'serial') expect(ran.get(of)).toEqual(upTo(70));
    for (const part of job.jobs) expect((await part.refresh()).status).toBe('completed');
    expect(await outcomesOf(job.jobs)).toEqual(upTo(70));
    await expectNothingLeft(context, `${name}-order`);
  });

  it('C1 a part that takes several turns of the event loop holds its place', async () => {
    const of = `${name} slow`;
    const parts = shorts(of, 40);
    for (const i of [0, 17, 18, 39]) parts[i] = slow.job(of, i) as Job;
    const job = await start('slow', make(parts));
    expect(await job.wait(PATIENCE)).toEqual(upTo(40));
    expect([...(ran.get(of) ?? [])].sort()).toEqual(upTo(40).sort());
    if (kind === 'serial') expect(ran.get(of)).toEqual(upTo(40));
    for (const part of job.jobs) expect((await part.refresh()).interruptions).toBe(0);
    await expectNothingLeft(context, `${name}-slow`);
  });

  it.each([[[5, 6, 39]], [upTo(40)]])(
    'C2 the failures of parts %j are data for the postprocess',
    async (failing) => {
      const of = `${name} fail ${failing.join()}`;
      const parts = shorts(of, 40);
      for (const i of failing) parts[i] = fails.job(of, i) as Job;
      const whole = make(parts, { postprocess: outcomes.job() as Job });
      const job = await start(`fail-${failing.join('-')}`, whole);
      expect(await job.wait(PATIENCE)).toEqual(
        upTo(40).map((i) => (failing.includes(i) ? String(i) : i)),
      );
      expect(ran.get(of)).toHaveLength(40);
      await expectNothingLeft(context, `${name}-fail-${failing.join('-')}`);
    },
  );

  it("C2 with onFailure 'stop' a failed part ends it, and no part after it begins", async () => {
    const of = `${name} stop`;
    const parts = shorts(of, 40);
    parts[12] = fails.job(of, 12) as Job;
    const job = await start('stop', make(parts, { onFailure: 'stop' }), 1);
    await expect(job.wait(PATIENCE)).rejects.toMatchObject({ name: 'RangeError', message: '12' });
    await expectNothingLeft(context, `${name}-stop`);
    expect(ran.get(of)).toEqual(upTo(13));
    expect(await outcomesOf(parts.slice(0, 13))).toEqual([...upTo(12), '12']);
  });

  it('C3 composites nest in packed ones, at any depth', async () => {
    const of = `${name} nest`;
    const inner = (from: number): Job =>
      make([
        ...shorts(of, 5, from),
        make(shorts(of, 4, from + 5)) as Job,
        ...shorts(of, 5, from + 9),
      ]) as Job;
    const job = await start(
      'nest',
      make([...shorts(of, 3), inner(10), inner(30), ...shorts(of, 3, 50)]),
    );
    const from = (start: number, count: number) => upTo(count).map((i) => start + i);
    const nested = (start: number) => [
      ...from(start, 5),
      from(start + 5, 4),
      ...from(start + 9, 5),
    ];
    expect(await job.wait(PATIENCE)).toEqual([...upTo(3), nested(10), nested(30), ...from(50, 3)]);
    await expectNothingLeft(context, `${name}-nest`);
  });

  it('C3 parts with options of their own stand between packed ones', async () => {
    const of = `${name} mixed`;
    await context.queue(`${name}-mixed`).quotas.create('one', 1);
    const parts = shorts(of, 40);
    const [lane, quota, due, called] = [parts[7], parts[8], parts[20], parts[39]] as [
      Job,
      Job,
      Job,
      Job,
    ];
    lane.with({ lane: 'side' });
    quota.with({ quotas: ['one'] });
    due.with({ beginAfter: 50 });
    const callback = await called.addCallback(short.job(`${of} callback`) as Job);
    await put(context, `${name}-mixed`, make(parts), asPacks);
    const queues = { [`${name}-mixed`]: { main: { size: 2, lanes: ['main', 'side'] } } };
    await startDispatcher(context, `${name}-mixed`, 2, { queues });
    expect(await outcomesOf(parts)).toEqual(upTo(40));
    expect(await callback.wait(PATIENCE)).toBe(39);
    if (kind === 'serial') expect(ran.get(of)).toEqual(upTo(40));
  });

  it('C4 a packed part appends to its composite', async () => {
    const of = `${name} append`;
    const appends = defineTask(`packs.appends.${name}`, async (to: Composite, value: number) => {
      for (const more of shorts(of, 2, 100 + 10 * value)) await to.append(more);
      return value;
    });
    const job = make(shorts(of, 2));
    for (const i of [2, 3])
      await job.append(i === 3 ? (appends.job(job, 3) as Job) : (short.job(of, 2) as Job));
    for (const more of shorts(of, 4, 4)) await job.append(more);
    await start('append', job);
    expect(await job.wait(PATIENCE)).toEqual([...upTo(8), 130, 131]);
    await expectNothingLeft(context, `${name}-append`);
  });

  it('J5, J6 a packed part returns jobs and puts jobs', async () => {
    const of = `${name} returns`;
    const given = short.job(of, 'given') as Job;
    await context.queue(`${name}-returns`).put(given);
    const made: Record<string, () => unknown> = {
      new: () => short.job(of, 'new'),
      'put before': () => given,
      'put by it': async () => await local.getQueue().put(short.job(of, 'put by it')),
      joined: () => joinJobs(shorts(of, 3)),
      composite: () => make(shorts(of, 3)),
      puts: async () => {
        await local.getQueue().putAll(shorts(`${of} put`, 3));
        return 'puts';
      },
    };
    const returns = defineTask(`packs.returns.${name}`, (what: string) => made[what]?.());
    const parts = [
      ...shorts(of, 3),
      ...Object.keys(made).map((what) => returns.job(what) as Job),
      ...shorts(of, 3),
    ];
    const job = await start('returns', make(parts));
    expect(await job.wait(PATIENCE)).toEqual([
      ...[0, 1, 2, 'new', 'given', 'put by it', upTo(3), upTo(3), 'puts', 0, 1, 2],
    ]);
    await eventually(() => ran.get(`${of} put`)?.length === 3);
    await expectNothingLeft(context, `${name}-returns`);
    expect([...(ran.get(`${of} put`) ?? [])].sort()).toEqual(upTo(3));
  });

  it('R1 a packed part with a transient error is retried, and the others run once', async () => {
    const of = `${name} retried`;
    const retried = defineTask(`packs.retried.${name}`, (value: number) => {
      if (local.fence < 3) throw new RetryableError('not yet');
      return short.run(of, value);
    });
    const parts = shorts(of, 40);
    for (const i of [0, 20, 39]) parts[i] = retried.job(i) as Job;
    const job = await start('retried', make(parts));
    expect(await job.wait(PATIENCE)).toEqual(upTo(40));
    expect([...(ran.get(of) ?? [])].sort()).toEqual(upTo(40).sort());
    if (kind === 'serial') expect(ran.get(of)).toEqual(upTo(40));
  });

  it('O5, local a packed part has its job, annotations, and steps done once', async () => {
    const of = `${name} local`;
    const seen: unknown[] = [];
    const looks = defineTask(`packs.looks.${name}`, async (value: number) => {
      const job = local.getJob();
      seen.push([job.id, job.status, job.args, local.fence, local.getQueue().name]);
      await local.setLiveAnnotation('at', value);
      const once = await local.once('key', () => short.run(`${of} once`, value));
      if (local.fence < 2) throw new RetryableError('again');
      return [once, await local.getLiveAnnotation('at'), (await job.refresh()).annotations];
    });
    const parts = shorts(of, 10);
    parts[4] = looks.job(4) as Job;
    const job = await start('local', make(parts));
    expect(((await job.wait(PATIENCE)) as unknown[])[4]).toEqual([4, 4, { at: 4 }]);
    const [id] = [parts[4].id];
    expect(seen).toEqual([1, 2].map((fence) => [id, 'active', [4], fence, `${name}-local`]));
    expect(ran.get(`${of} once`)).toEqual([4]);
    expect((await parts[4].refresh()).annotations).toEqual({ at: 4 });
  });

  it('J12 a packed part is waited for by other jobs, by each way', async () => {
    const of = `${name} waited`;
    const parts = shorts(of, 20);
    const part = (i: number): Job => parts[i] as Job;
    const returns = defineTask(`packs.waits.${name}`, (part: Job) => part);
    const joins = defineTask(`packs.joins.${name}`, (...jobs: Job[]) => joinJobs(jobs));
    const job = make(parts);
    const queue = context.queue(`${name}-waited`);
    // These are claimed before the parts end, and in the second round after it.
    await queue.putAll([job as Job]);
    const first = [returns.job(part(3)), joins.job(part(19), part(0))] as Job[];
    await queue.putAll([...first, ...(asPacks ? shorts(`${of} before`, 80) : [])]);
    await startDispatcher(context, `${name}-waited`, 2);
    expect(await outcomesOf(first)).toEqual([3, [19, 0]]);
    expect(await job.wait(PATIENCE)).toEqual(upTo(20));
    const second = [
      returns.job(part(3)),
      joins.job(part(19), part(0)),
      make([returns.job(part(5)) as Job, ...shorts(of, 4)]),
    ];
    await queue.putAll(second as Job[]);
    expect(await outcomesOf(second as Job[])).toEqual([3, [19, 0], [5, 0, 1, 2, 3]]);
    await expectNothingLeft(context, `${name}-waited`);
  });

  it('J4 a packed part has any arguments and results', async () => {
    const values = [
      undefined,
      null,
      new Date(7),
      new Map([[1, new Set(['ä'])]]),
      10n,
      'x'.repeat(99_999),
      [undefined],
    ];
    const job = await start(
      'values',
      make(values.map((value) => short.job(`${name} values`, value) as Job)),
    );
    expect(await job.wait(PATIENCE)).toEqual(values);
    expect(await outcomesOf(job.jobs)).toEqual(values);
    expect(await packsIn(context, 'none')).toEqual([]);
  });
});
