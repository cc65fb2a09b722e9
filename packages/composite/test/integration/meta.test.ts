// `meta` goes from a job to all that belongs to it: parts, packed or not, callbacks, the jobs that
// its task puts or returns (J11).
import { defineTask, local, outsideRun, Queue, RetryableError, type Job } from '@drover/core';
import { parallel, serial } from '@drover/composite';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { testContext } from '../../../../test/kit/context.js';
import { gatesByName } from '../../../../test/kit/gate.js';
import { packsIn } from '../../../../test/kit/packs.js';
import { eventually } from '../../../../test/kit/wait.js';
import { dispatchersIn } from '../../../../test/kit/dispatchers.js';
import { startDispatcher } from './dispatchers.js';
import { kinds, packedKind, PATIENCE, put, shorts } from './packed.js';

const context = testContext('meta');

/** Lua would change these: empty arrays, a long number, the text that scripts look for. */
const ODD = { tenant: 'a', none: [], long: 12345678901234567, text: '"meta":{', ['"meta":{']: {} };

/** By what a job is of: the `meta` of each run. */
const seen = new Map<string, unknown[]>();

const sees = defineTask('meta.sees', (of: string, ...rest: unknown[]): unknown => {
  const { meta } = local.getJob();
  seen.set(of, [...(seen.get(of) ?? []), meta]);
  // A part that is tried again has left its pack.
  if (rest[0] === 'again' && local.fence === 1) throw new RetryableError('again');
  return meta;
}) as { job(...args: unknown[]): Job };

/** The `meta` of the completed parts, as a postprocess reads them. */
const metas = defineTask('meta.metas', (...jobs: Job[]) => [
  local.getJob().meta,
  ...jobs.map(({ meta }) => meta),
]) as { job(...args: unknown[]): Job };

const many = (count: number, of: string): Job[] =>
  Array.from({ length: count }, () => sees.job(of));

describe.each(kinds)('%s', (kind, compose, asPacks) => {
  const { name, make } = packedKind(context, kind, compose, asPacks);

  it('J11 its parts and its postprocess have the meta of a composite, and stay packed', async () => {
    const queue = context.queue(`${name}-parts`);
    const parts = [...many(5, name), sees.job(name).with({ meta: { own: 1 } }), ...many(6, name)];
    const job = make(parts, { postprocess: metas.job() }).with({ meta: ODD });
    await put(context, `${name}-parts`, job, asPacks);
    await startDispatcher(context, `${name}-parts`);
    const expected = [...Array<unknown>(5).fill(ODD), { own: 1 }, ...Array<unknown>(6).fill(ODD)];
    expect(await job.wait(PATIENCE)).toEqual([ODD, ...expected]);
    expect(seen.get(name)).toHaveLength(12);
    expect(seen.get(name)).toEqual(expect.arrayContaining(expected));
    // On a loaded machine packs of a parallel are opened.
    const packIds = await packsIn(context, `${name}-parts`);
    if (kind === 'serial') expect(packIds).toHaveLength(1);
    for (const packId of packIds) {
      const pack = await context.redis.hgetall(`${context.prefix}:${name}-parts:${packId}`);
      expect(JSON.parse(pack['opts'] ?? '')).toEqual({ meta: ODD });
      expect(pack['data']).not.toContain('tenant');
    }
    const [first, , , , , own] = await Promise.all(parts.map((part) => queue.get(part.id)));
    expect([first?.meta, own?.meta]).toEqual([ODD, { own: 1 }]);
  });

  it('J11 a part keeps its meta when its pack is opened and it is tried again', async () => {
    const of = `${name}-again`;
    const parts = [...many(4, of), sees.job(of, 'again'), ...many(4, of)];
    const job = make(parts).with({ meta: ODD });
    await put(context, of, job, asPacks);
    await startDispatcher(context, of);
    expect(await job.wait(PATIENCE)).toEqual(Array<unknown>(9).fill(ODD));
    expect(seen.get(of)).toEqual(Array<unknown>(10).fill(ODD));
  });
});

it('J11 meta goes on to composites in composites, appended jobs, and jobs that a task returns', async () => {
  const appends = defineTask('meta.appends', async (to: ReturnType<typeof serial>) => {
    await to.append(sees.job('nested'));
    return sees.job('nested');
  });
  const job = serial([sees.job('nested')]).with({ meta: ODD });
  await job.append(parallel([sees.job('nested'), sees.job('nested').with({ meta: {} })]) as Job);
  await job.append(appends.job(job) as Job);
  await context.queue('nested').put(job);
  await job.append(sees.job('nested'));
  await startDispatcher(context, 'nested');
  expect(await job.wait(PATIENCE)).toEqual([ODD, [ODD, {}], ODD, ODD, ODD]);
});

const gateOf = gatesByName();

it('J11 callbacks have the meta of their job, whenever and by whomever they are added', async () => {
  const held = defineTask('meta.held', async () => await gateOf('callbacks').opened);
  const queue = context.queue('callbacks');
  const job = held.job().with({ meta: ODD });
  const put = await job.addCallback(sees.job('callback 1'));
  await put.addCallback(sees.job('callback of a callback'));
  await job.addCallback(sees.job('own').with({ meta: { own: 1 } }));
  await job.addCallbacks({ success: sees.job('picked') });
  const part = serial([job as Job, held.job() as Job]);
  await queue.put(part.with({ meta: { of: 'the composite' } }));
  await startDispatcher(context, 'callbacks');
  // This handle was never read: it does not know the meta.
  await (part.jobs[1] as Job).addCallback(sees.job('of a part'));
  gateOf('callbacks').open();
  await part.wait(PATIENCE);
  const late = await (part.jobs[0] as Job).addCallback(sees.job('late'));
  expect(await late.wait(PATIENCE)).toEqual(ODD);
  expect((await queue.get(late.id))?.meta).toEqual(ODD);
  const first = ['callback 1', 'callback of a callback', 'own', 'picked'].map((of) => seen.get(of));
  expect(first).toEqual([[ODD], [ODD], [{ own: 1 }], [ODD]]);
  expect(seen.get('of a part')).toEqual([{ of: 'the composite' }]);
});

it('J6, J11 jobs that a run puts have its meta, and those beside the run have their own', async () => {
  const queue = context.queue('puts');
  const puts = defineTask('meta.puts', async () => {
    const own = local.getQueue();
    await own.put(sees.job('in the run'));
    await local.once('step', async () => await own.put(sees.job('in once')).then(() => 0));
    await own.put(sees.job('own in the run'), { meta: { own: 1 } });
    await own.put(sees.job('at once'), { immediate: true });
    await outsideRun(async () => await queue.put(sees.job('outside')));
  });
  await queue.put(puts.job(), { meta: ODD });
  await startDispatcher(context, 'puts');
  const places = ['in the run', 'in once', 'own in the run', 'at once', 'outside'];
  await eventually(() => places.every((of) => seen.has(of)));
  expect(places.map((of) => seen.get(of))).toEqual([[ODD], [ODD], [{ own: 1 }], [{}], [{}]]);
});

it('J11 the default meta of a queue holds for jobs that are put, and not for parts by themselves', async () => {
  const { redisUrl: connection, prefix } = context;
  const meta = { app: 'shop' };
  const queue = new Queue('defaults', { connection, prefix, defaultJobOptions: { meta } });
  cleanUpLater(() => queue.close());
  await startDispatcher(context, 'defaults');
  const job = await queue.put(serial([sees.job('defaults'), sees.job('defaults')]));
  expect([job.meta, await job.wait(PATIENCE)]).toEqual([meta, [meta, meta]]);
  const own = await queue.put(serial([sees.job('d')]), { meta: { tenant: 'b' } });
  expect(await own.wait(PATIENCE)).toEqual([{ tenant: 'b' }]);
  expect(await (await queue.put(sees.job('d').with({ meta: {} }))).wait(PATIENCE)).toEqual({});
});

it('J11 meta is there after a pull, a retry, and in another lane', async () => {
  const queue = context.queue('life');
  const job = await queue.put(sees.job('life', 'again').with({ meta: ODD, lane: 'gpu' }));
  await queue.remove(job);
  await queue.put(job);
  await dispatchersIn(context).start('life', {
    queues: { life: { gpu: { size: 1, lanes: ['gpu', 'main'] } } },
  });
  expect(await job.wait(PATIENCE)).toEqual(ODD);
  expect(seen.get('life')).toEqual([ODD, ODD]);
  expect([(await job.refresh()).meta, (await queue.get(job.id))?.meta]).toEqual([ODD, ODD]);
  expect((await queue.put(shorts('none', 1)[0] as Job)).meta).toEqual({});
});
