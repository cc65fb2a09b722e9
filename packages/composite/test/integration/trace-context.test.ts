// The trace context of a put goes from a job to all that belongs to it, also to jobs with `meta` of
// their own (J11).
import { defineTask, InvalidArgumentError, local, RetryableError, type Job } from '@drover/core';
import { serial } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { startDispatcher } from './dispatchers.js';
import { kinds, packedKind, PATIENCE, put } from './packed.js';

const context = testContext('trace-context');
const traceparent = `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`;
const traced = (meta: object) => ({ 'drover.traceparent': traceparent, ...meta });

const sees = defineTask('traceContext.sees', (...rest: unknown[]): unknown => {
  // A part that is tried again has left its pack.
  if (rest[0] === 'again' && local.fence === 1) throw new RetryableError('again');
  const job = local.getJob();
  return [job.traceparent, job.meta];
}) as { job(...args: unknown[]): Job };

describe.each(kinds)('%s', (kind, compose, asPacks) => {
  const { name, make } = packedKind(context, kind, compose, asPacks);

  it('J11 parts have the trace context of a composite, and meta of their own beside it', async () => {
    const own = [{ own: 1 }, {}, { 'drover.traceparent': traceparent.replace(/a/g, '1') }];
    const parts = [
      ...[sees.job(), sees.job(), ...own.map((meta) => sees.job().with({ meta }))],
      sees.job('again').with({ meta: { own: 2 } }),
      ...[sees.job(), sees.job()],
    ];
    const job = make(parts).with({ meta: traced({ tenant: 'a' }) });
    await put(context, name, job, asPacks);
    await startDispatcher(context, name);
    const inherits = [traceparent, { tenant: 'a' }];
    expect(await job.wait(PATIENCE)).toEqual([
      ...[inherits, inherits, [traceparent, { own: 1 }], [traceparent, {}]],
      ...[[traceparent.replace(/a/g, '1'), {}], [traceparent, { own: 2 }], inherits, inherits],
    ]);
  });
});

it('J11 callbacks, appended jobs and puts of a run have the trace context, with own meta too', async () => {
  const queue = context.queue('others');
  const appends = defineTask('traceContext.appends', async (to: ReturnType<typeof serial>) => {
    await to.append(sees.job().with({ meta: { appended: 1 } }));
    const inner = sees.job().with({ meta: { put: 1 } });
    await local.getQueue().put(inner);
    return inner;
  });
  const job = serial([]) as ReturnType<typeof serial>;
  await job.append(appends.job(job) as Job);
  const callback = await job.addCallback(sees.job().with({ meta: { callback: 1 } }));
  await queue.put(job.with({ meta: traced({}) }));
  await startDispatcher(context, 'others');
  expect(await job.wait(PATIENCE)).toEqual([
    [traceparent, { put: 1 }],
    [traceparent, { appended: 1 }],
  ]);
  expect(await callback.wait(PATIENCE)).toEqual([traceparent, { callback: 1 }]);
  const late = await job.addCallback(sees.job().with({ meta: { late: 1 } }));
  expect(await late.wait(PATIENCE)).toEqual([traceparent, { late: 1 }]);
});

it('J11, Q12 a job keeps its trace context when its meta is changed or removed', async () => {
  const queue = context.queue('kept');
  const job = await queue.put(sees.job(), { meta: traced({ tenant: 'a' }) });
  for (const meta of [{ tenant: 'b' }, null]) {
    await job.update({ meta });
    expect([job.traceparent, job.meta]).toEqual([traceparent, meta ?? {}]);
    const read = await queue.get(job.id);
    expect([read?.traceparent, read?.meta]).toEqual([traceparent, meta ?? {}]);
  }
  await queue.remove(job);
  expect((await queue.put(job)).traceparent).toBe(traceparent);
});

it('J11 a trace context in meta must be a traceparent, and does not count as its size', async () => {
  const meta = { 'drover.traceparent': traceparent.toUpperCase() };
  expect(() => sees.job().with({ meta })).toThrow(InvalidArgumentError);
  const large = { large: 'x'.repeat(2_035) };
  expect(sees.job().with({ meta: traced(large) }).meta).toEqual(large);
});
