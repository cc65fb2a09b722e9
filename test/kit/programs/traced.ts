// A producer, or a worker, with an OpenTelemetry SDK that tells the test each span as it begins and
// as it ends: what a process has told is known after its death.
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { serial } from '@drover/composite';
import { Queue, type Job } from '@drover/core';
import { enableTracing } from '@drover/monitor/tracing';
import { Dispatcher } from '@drover/worker';
import { echo, pauseOnce } from '../tasks.js';
import type { TracedOptions, TracedMessage } from '../traced.js';

const tell = (message: TracedMessage): void => void process.send?.(message);
const tellSpan = (type: 'begun' | 'ended', span: ReadableSpan): void =>
  tell({
    type,
    name: span.name,
    traceId: span.spanContext().traceId,
    spanId: span.spanContext().spanId,
    parentId: span.parentSpanContext?.spanId,
    attributes: span.attributes,
    links: span.links.map(({ context: to, attributes }) => ({
      relation: String(attributes?.['drover.relation']),
      traceId: to.traceId,
      spanId: to.spanId,
    })),
  });

trace.setGlobalTracerProvider(
  new BasicTracerProvider({
    spanProcessors: [
      {
        onStart: (span) => tellSpan('begun', span as unknown as ReadableSpan),
        onEnd: (span) => tellSpan('ended', span),
        forceFlush: async () => {},
        shutdown: async () => {},
      },
    ],
  }),
);
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());

const {
  prefix,
  queue: name,
  uuid,
} = JSON.parse(process.env['TRACED_OPTIONS'] ?? '{}') as TracedOptions;
if (uuid === undefined) {
  enableTracing();
  const queue = new Queue(name, { prefix });
  const album = serial([echo.job(1), pauseOnce.job(2), echo.job(3)] as Job[], {
    postprocess: echo.job('all') as Job,
  });
  const callback = await album.addCallback(echo.job() as Job);
  await queue.put(album);
  tell({ type: 'put', id: album.id, part: album.jobs[1]?.id ?? '', callback: callback.id });
  await queue.close();
  process.disconnect();
} else {
  const dispatcher = new Dispatcher({ prefix, uuid, queues: { [name]: { main: {} } } });
  enableTracing({ dispatcher });
  await dispatcher.activate();
  tell({ type: 'active' });
}
