// The tasks of packed parts do all that other tasks do: they append, return and put jobs, are
// retried, keep steps and annotations, and have any arguments and results (docs/protocol/packs.md).
import { defineTask, joinJobs, local, RetryableError, type Job } from '@drover/core';
import type { Composite } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { packsIn } from '../../../../test/kit/packs.js';
import { eventually } from '../../../../test/kit/wait.js';
import { startDispatcher } from './dispatchers.js';
import {
  expectNothingLeft,
  kinds,
  outcomesOf,
  packedKind,
  PATIENCE,
  ran,
  short,
  shorts,
  upTo,
} from './packed.js';

const context = testContext('packs-tasks');

describe.each(kinds)('%s', (kind, compose, asPacks) => {
  const { name, make, start } = packedKind(context, kind, compose, asPacks);

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
