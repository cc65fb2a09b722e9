// enableTracing and its SDK: what the sampler does not sample is not recorded anywhere, and an SDK
// that throws fails no job (J11).
import { defineTask, RetryableError, retry } from '@drover/core';
import { enableTracing } from '@drover/monitor/tracing';
import { context as otelContext, trace } from '@opentelemetry/api';
import {
  AlwaysOffSampler,
  BasicTracerProvider,
  ParentBasedSampler,
} from '@opentelemetry/sdk-trace-base';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { testContext } from '../../../../test/kit/context.js';
import { dispatchersIn } from '../../../../test/kit/dispatchers.js';
import { registerSdk, traceOf } from './spans.js';

const context = testContext('tracing-sampling');
const queue = context.queue('jobs');
const spans = registerSdk(new ParentBasedSampler({ root: new AlwaysOffSampler() }));
const dispatcher = dispatchersIn(context).make('jobs');
const tracing = enableTracing({ dispatcher });
cleanUpLater(() => tracing.close());
beforeAll(async () => await dispatcher.activate());

let runs = 0;
const failsOnce = defineTask('tracingSampling.failsOnce', () => {
  if (runs++ === 0) throw new RetryableError('once');
  return trace.getActiveSpan()?.spanContext();
});
const retryPolicy = retry({ attempts: 2, backoff: 0, on: 'RetryableError' });

it('J11 a trace that is not sampled goes with the job all the same, and nothing is recorded', async () => {
  runs = 0;
  const job = await queue.put(failsOnce.job(), { retryPolicy });
  // The task has the context, so what it calls is not sampled either.
  const seen = await job.wait();
  const [, traceId] = (job.traceparent ?? '').split('-');
  expect(job.traceparent).toMatch(/^00-[\da-f]{32}-[\da-f]{16}-00$/);
  expect(seen).toMatchObject({ traceId, traceFlags: 0 });
  expect((await job.refresh()).annotations).toEqual({});
  expect(spans.all()).toEqual([]);
});

it('J11 a put inside of a sampled trace is sampled, and so are its runs', async () => {
  runs = 1;
  const traceId = 'ab'.repeat(16);
  const sampled = { traceId, spanId: 'cd'.repeat(8), traceFlags: 1, isRemote: true };
  const active = trace.setSpanContext(otelContext.active(), sampled);
  const job = await otelContext.with(active, async () => await queue.put(failsOnce.job()));
  await job.wait();
  const [run] = await spans.named('process jobs');
  const [put] = await spans.named('send jobs');
  expect([traceOf(put), traceOf(run)]).toEqual([traceId, traceId]);
  expect(put?.parentSpanContext?.spanId).toBe(sampled.spanId);
});

it('J11 an SDK that throws fails no put and no run', async () => {
  const fails = (): never => {
    throw new Error('a processor of spans fails');
  };
  const quiet = { forceFlush: async () => {}, shutdown: async () => {} };
  const set = (processor: { onStart: () => void; onEnd: () => void }): void => {
    trace.disable();
    const spanProcessors = [{ ...quiet, ...processor }];
    trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors }));
  };
  runs = 1;
  for (const processor of [
    { onStart: fails, onEnd: fails },
    { onStart: () => {}, onEnd: fails },
  ]) {
    set(processor);
    await (await queue.put(failsOnce.job())).wait();
  }
});
