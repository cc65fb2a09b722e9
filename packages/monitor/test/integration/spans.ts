// OpenTelemetry in a test file: an SDK that keeps the spans in memory.
import { context, trace, type Attributes, type HrTime } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
  type Sampler,
} from '@opentelemetry/sdk-trace-base';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { eventually } from '../../../../test/kit/wait.js';

export interface Spans {
  /** The ended spans of that name, in the order of their ends, once they are `count`. */
  named(name: string, count?: number): Promise<ReadableSpan[]>;
  all(): ReadableSpan[];
  /** Forgets the spans so far. */
  reset(): void;
}

/** Registers an SDK, until the test file has ended. */
export function registerSdk(sampler?: Sampler): Spans {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(exporter)],
    ...(sampler && { sampler }),
  });
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  cleanUpLater(() => {
    trace.disable();
    context.disable();
  });
  return {
    named: async (name, count = 1) =>
      await eventually(() => {
        const found = exporter.getFinishedSpans().filter((span) => span.name === name);
        return found.length >= count ? found : undefined;
      }),
    all: () => exporter.getFinishedSpans(),
    reset: () => exporter.reset(),
  };
}

export const idOf = (span: ReadableSpan | undefined): string | undefined =>
  span?.spanContext().spanId;
export const traceOf = (span: ReadableSpan | undefined): string | undefined =>
  span?.spanContext().traceId;

/** What its links lead to: the relation and the id of the span. */
export const linksOf = ({ links }: ReadableSpan): unknown[] =>
  links.map(({ attributes, context: to }) => [attributes?.['drover.relation'], to.spanId]);

export const eventsOf = ({ events }: ReadableSpan): (Attributes | string)[][] =>
  events.map(({ name, attributes }) => [name, attributes ?? {}]);

export const ms = ([seconds, nanos]: HrTime): number => seconds * 1_000 + nanos / 1e6;
