// The trace context of a put, as it travels with a job: a `traceparent` of W3C Trace Context.
import type { Context, Link, Span } from '@opentelemetry/api';
import type { Otel } from './otel.js';

/** Its name in `meta`, where `job.traceparent` reads it. */
export const TRACEPARENT = 'drover.traceparent';

const FORM = /^[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})$/;

/** Undefined where the span has no ids, as without a tracer. */
export function toTraceparent(api: Otel, span: Span): string | undefined {
  const found = span.spanContext();
  if (!api.isSpanContextValid(found)) return undefined;
  const flags = found.traceFlags.toString(16).padStart(2, '0');
  return `00-${found.traceId}-${found.spanId}-${flags}`;
}

/**
 * A link to the span that a traceparent names.
 * @param traceparent of anywhere: undefined where it is none
 * @param relation what the span is to the one that has the link
 */
export function linkTo(
  api: Otel,
  traceparent: unknown,
  relation: 'put' | 'previous run' | 'interrupted run',
): Link | undefined {
  const [, traceId = '', spanId = '', flags = ''] = FORM.exec(String(traceparent)) ?? [];
  const context = { traceId, spanId, traceFlags: parseInt(flags, 16), isRemote: true };
  if (!api.isSpanContextValid(context)) return undefined;
  return { context, attributes: { 'drover.relation': relation } };
}

/** The context of the put of a job; none where it was not traced. */
export function contextOf(api: Otel, put: Link | undefined): Context {
  const { ROOT_CONTEXT, trace } = api;
  return put ? trace.setSpanContext(ROOT_CONTEXT, put.context) : ROOT_CONTEXT;
}
