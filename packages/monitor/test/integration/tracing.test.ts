// enableTracing: spans of puts and of runs, their links, and their trace (J11).
import {
  defineTask,
  InvalidArgumentError,
  local,
  NeverRetry,
  retry,
  RetryableError,
  type Job,
} from '@drover/core';
import { serial } from '@drover/composite';
import { enableTracing } from '@drover/monitor/tracing';
import { context as otelContext, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { aborted } from '../../../../test/kit/gate.js';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { testContext } from '../../../../test/kit/context.js';
import { dispatchersIn, hasStarted } from '../../../../test/kit/dispatchers.js';
import { goesOn } from '../../../../test/kit/thread-tasks.js';
import { eventsOf, idOf, linksOf, ms, registerSdk, traceOf } from './spans.js';

const context = testContext('tracing');
const queue = context.queue('jobs');
const SECRET = 'an argument or a value';
const echo = defineTask('tracing.echo', (value: unknown) => value);
const fails = defineTask('tracing.fails', (value: string) => {
  throw new RangeError(`no ${value.length}`);
});
const retries = defineTask('tracing.retries', () => {
  if (local.attempt === 1) throw new RetryableError('again');
});
const puts = defineTask('tracing.puts', async () => {
  trace.getActiveSpan()?.addEvent('in the task');
  await local.getQueue().put(echo.job('inner'));
});
const stops = defineTask('tracing.stops', async () => await aborted(local.signal));

const spans = registerSdk();
const dispatcher = dispatchersIn(context).make('jobs');
const tracing = enableTracing({ dispatcher });
cleanUpLater(() => tracing.close());
beforeAll(async () => await dispatcher.activate());
beforeEach(() => spans.reset());

it('J11 a put is a producer span, and a run a consumer span in its trace, with a link to it', async () => {
  const job = await queue.put(echo.job(SECRET).with({ meta: { tenant: 'a' } }));
  await job.wait();
  const [run] = await spans.named('process jobs');
  const [put] = await spans.named('send jobs');
  expect(put).toMatchObject({
    kind: SpanKind.PRODUCER,
    parentSpanContext: undefined,
    attributes: {
      'messaging.system': 'drover',
      'messaging.destination.name': 'jobs',
      'messaging.operation.name': 'send',
      'messaging.operation.type': 'send',
      'messaging.message.id': job.id,
      'drover.task': 'tracing.echo',
    },
  });
  expect(run).toMatchObject({
    kind: SpanKind.CONSUMER,
    parentSpanContext: { spanId: idOf(put) },
    status: { code: SpanStatusCode.UNSET },
    attributes: {
      'messaging.system': 'drover',
      'messaging.destination.name': 'jobs',
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.message.id': job.id,
      'drover.task': 'tracing.echo',
      'drover.lane': 'main',
      'drover.tries': 1,
      'drover.interruptions': 0,
      'drover.fence': 1,
      'drover.dispatcher': dispatcher.uuid,
      'drover.outcome': 'successful',
    },
  });
  expect([traceOf(run), run && linksOf(run)]).toEqual([traceOf(put), [['put', idOf(put)]]]);
  expect(job.traceparent).toBe(`00-${traceOf(put)}-${idOf(put)}-01`);
  expect(job.meta).toEqual({ tenant: 'a' });
});

it('J11 a put of several jobs is one span, and each of their runs has a link to it', async () => {
  const jobs = await queue.putAll([echo.job(1), echo.job(2), fails.job('x') as Job]);
  await Promise.all(jobs.map((job) => job.wait().catch(() => {})));
  const runs = await spans.named('process jobs', 3);
  const [put] = await spans.named('send jobs');
  expect(put?.attributes).toMatchObject({ 'messaging.batch.message_count': 3 });
  expect(put?.attributes).not.toHaveProperty('drover.task');
  for (const run of runs) {
    expect(linksOf(run)).toEqual([['put', idOf(put)]]);
    expect(traceOf(run)).toBe(traceOf(put));
  }
});

it('J6, J11 a put belongs to the span that is active, and a put of a task to its run', async () => {
  const tracer = trace.getTracer('test');
  const request = tracer.startSpan('request');
  const active = trace.setSpan(otelContext.active(), request);
  const job = await otelContext.with(active, async () => await queue.put(puts.job()));
  request.end();
  await job.wait();
  const runs = await spans.named('process jobs', 2);
  const sends = await spans.named('send jobs', 2);
  expect(sends[0]?.parentSpanContext?.spanId).toBe(idOf(request as never));
  expect(eventsOf(runs[0] as never)).toContainEqual(['in the task', {}]);
  expect(sends[1]?.parentSpanContext?.spanId).toBe(idOf(runs[0]));
  expect(runs[1]?.parentSpanContext?.spanId).toBe(idOf(sends[1]));
  expect(new Set(spans.all().map(traceOf)).size).toBe(1);
});

it('J3, B2 a failure is an exception and the status of the run, without arguments and values', async () => {
  const job = await queue.put(fails.job(SECRET), { retryPolicy: NeverRetry });
  await job.wait().catch(() => {});
  const [run] = await spans.named('process jobs');
  expect(run).toMatchObject({
    status: { code: SpanStatusCode.ERROR, message: 'no 22' },
    attributes: { 'drover.outcome': 'failed', 'error.type': 'RangeError' },
    events: [{ name: 'exception', attributes: { 'exception.message': 'no 22' } }],
  });
  const texts = spans
    .all()
    .map(({ attributes, events, status }) => JSON.stringify({ attributes, events, status }));
  expect(texts.join()).not.toContain(SECRET);
});

it('R2 a retry is an event, and the next run has a link to the one before', async () => {
  const retryPolicy = retry({ attempts: 2, backoff: 0, on: 'RetryableError' });
  await (await queue.put(retries.job(), { retryPolicy })).wait();
  const [first, second] = await spans.named('process jobs', 2);
  const [put] = await spans.named('send jobs');
  expect(first?.attributes['drover.outcome']).toBe('retried');
  expect(eventsOf(first as never).map(([name]) => name)).toEqual(['exception', 'drover.retry']);
  expect(second?.attributes).toMatchObject({ 'drover.tries': 2, 'drover.outcome': 'successful' });
  expect(linksOf(second as never)).toEqual([
    ['put', idOf(put)],
    ['previous run', idOf(first)],
  ]);
});

it('C1, J7 parts and callbacks belong to the trace of their composite, which is a span too', async () => {
  const parts = [echo.job(1), echo.job(2).with({ meta: { own: 1 } })];
  const job = serial(parts as Job[]);
  const callback = await job.addCallback(echo.job());
  await queue.put(job);
  await job.wait();
  await callback.wait();
  const runs = await spans.named('process jobs', 3);
  const [whole] = await spans.named('wait jobs');
  expect(new Set(spans.all().map(traceOf)).size).toBe(1);
  expect(whole?.attributes).toMatchObject({
    'messaging.message.id': job.id,
    'messaging.operation.type': 'settle',
    'drover.task': job.task,
    'drover.outcome': 'successful',
  });
  const ids = [...parts, callback].map(({ id }) => id);
  const seen = runs.map(({ attributes }) => attributes['messaging.message.id']);
  expect(seen.sort()).toEqual(ids.sort());
  expect(ms(whole?.endTime ?? [0, 0])).toBeGreaterThanOrEqual(ms(whole?.startTime ?? [0, 0]));
});

it('O1 a cancel ends the span of the run, and is a span of its own', async () => {
  const job = stops.job();
  const begun = hasStarted(dispatcher, job);
  await queue.put(job);
  await begun;
  await job.cancel();
  const [cancel] = await spans.named('cancel jobs');
  const [run] = await spans.named('process jobs');
  expect(cancel?.attributes).toMatchObject({
    'messaging.message.id': job.id,
    'error.type': 'CancelledError',
  });
  expect(run).toMatchObject({
    status: { code: SpanStatusCode.ERROR },
    attributes: { 'drover.outcome': 'reassigned' },
    events: [{ name: 'drover.reassigned' }],
  });
  expect(traceOf(cancel)).toBe(traceOf(run));
});

it('Q2 a job that ends without a run is a span', async () => {
  await queue.pause();
  const job = await queue.put(echo.job(1), { beginBy: 1 });
  await queue.resume();
  await job.wait().catch(() => {});
  const [settle] = await spans.named('settle jobs');
  expect(settle?.attributes).toMatchObject({
    'messaging.message.id': job.id,
    'error.type': 'TimeoutError',
  });
});

it('Q8 a put whose key another job has says so', async () => {
  const parked = await queue.put(echo.job(1), { key: 'k', beginAfter: 60_000 });
  expect((await queue.put(echo.job(2), { key: 'k' })).id).toBe(parked.id);
  const [, second] = await spans.named('send jobs', 2);
  expect(eventsOf(second as never)).toEqual([['drover.key_taken', { 'drover.jobs': 1 }]]);
});

it('J11 a put that fails is a span with its error', async () => {
  const put = queue.put(echo.job(1), { key: 'k', whenTaken: 'refuse' });
  await expect(put).rejects.toThrow('k');
  const [span] = await spans.named('send jobs');
  expect(span).toMatchObject({
    status: { code: SpanStatusCode.ERROR },
    attributes: { 'error.type': 'BadStatusError' },
  });
});

it('I3 the decision on an interrupt is a span, and the run that was interrupted ends as such', async () => {
  const worker = dispatchersIn(context).make('interrupted');
  const other = enableTracing({ dispatcher: worker });
  cleanUpLater(() => other.close());
  await worker.activate();
  const job = stops.job();
  const begun = hasStarted(worker, job);
  await context.queue('interrupted').put(job, { retryPolicy: NeverRetry });
  await begun;
  await worker.deactivate();
  const [run] = await spans.named('process interrupted');
  expect(run?.attributes['drover.outcome']).toBe('interrupted');
  const next = dispatchersIn(context).make('interrupted');
  const third = enableTracing({ dispatcher: next });
  cleanUpLater(() => third.close());
  await next.activate();
  const [interrupt] = await spans.named('interrupt interrupted');
  expect(interrupt?.attributes).toMatchObject({
    'drover.dispatcher': next.uuid,
    'drover.interrupted.dispatcher': worker.uuid,
    'drover.interrupted.fence': 1,
    'drover.interruptions': 1,
    'drover.outcome': 'failed',
    'error.type': 'AbortedError',
  });
  const [put] = await spans.named('send interrupted');
  expect(linksOf(interrupt as never)).toEqual([
    ['put', idOf(put)],
    ['interrupted run', idOf(run)],
  ]);
});

it('D7 jobs that a task in a thread returns belong to the trace of its job', async () => {
  const threaded = dispatchersIn(context).make('threads', { threads: true });
  const other = enableTracing({ dispatcher: threaded });
  cleanUpLater(() => other.close());
  await threaded.activate();
  const job = await context.queue('threads').put(goesOn.job('value'));
  expect(await job.wait()).toEqual(['value']);
  const runs = await spans.named('process threads', 2);
  const [put] = await spans.named('send threads');
  const [whole] = await spans.named('wait threads');
  const tasks = runs.map(({ attributes }) => attributes['drover.task']);
  expect(tasks.sort()).toEqual(['thread.collect', 'thread.goesOn']);
  for (const span of [...runs, whole]) expect(traceOf(span)).toBe(traceOf(put));
});

it('B2 wrong options are refused', () => {
  expect(() => enableTracing({ dispatcher: {} as never })).toThrow(InvalidArgumentError);
  expect(() => enableTracing({ dispatchers: [] } as never)).toThrow(InvalidArgumentError);
});

it('J11 after close there are no spans of this dispatcher', async () => {
  const closed = dispatchersIn(context).make('closed');
  enableTracing({ dispatcher: closed }).close();
  expect(closed.listenerCount('ended')).toBe(0);
  await closed.activate();
  await (await context.queue('closed').put(echo.job(1))).wait();
  await spans.named('send closed');
  expect(spans.all().map(({ name }) => name)).toEqual(['send closed']);
});
