// Packed parts end as parts that are stored by themselves: results in order, failures, nested
// composites, parts with options of their own (docs/protocol/packs.md).
import { defineTask, type Job } from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { startDispatcher } from './dispatchers.js';
import {
  expectNothingLeft,
  fails,
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

const context = testContext('packs-results');

/** Resolves with its value after some turns of the event loop. */
const slow = defineTask('packs.slow', async (of: string, value: unknown) => {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  return short.run(of, value);
});

describe.each(kinds)('%s', (kind, compose, asPacks) => {
  const { name, make, start } = packedKind(context, kind, compose, asPacks);

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
});
