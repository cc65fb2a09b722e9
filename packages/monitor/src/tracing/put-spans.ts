// A span around each put. Its context goes into the `meta` of the jobs, so that their runs, in any
// process, belong to the trace of the put.
import type { Context, Span } from '@opentelemetry/api';
import type { Job, Put, PutMiddleware } from '@drover/core';
import { putAttributes, spanName } from './attributes.js';
import { recordError } from './outcome.js';
import { guarded, otel, tracerOf, type Otel } from './otel.js';
import { contextOf, linkTo, toTraceparent, TRACEPARENT } from './trace-context.js';

export const tracePut: PutMiddleware = async (put, next) => {
  const api = otel();
  const begun = api && guarded(api, () => begin(api, put));
  if (!begun) return await next();
  const { span, context } = begun;
  try {
    const jobs = await api.context.with(context, next);
    guarded(api, () => noteTaken(span, jobs));
    return jobs;
  } catch (thrown) {
    guarded(api, () => recordError(api, span, thrown));
    throw thrown;
  } finally {
    guarded(api, () => span.end());
  }
};

function begin(api: Otel, put: Put): { span: Span; context: Context } {
  const parent = parentOf(api, put);
  const span = startSpan(api, put, parent);
  const traceparent = toTraceparent(api, span);
  // Also that of a span that is not sampled: it says that the runs are not to be sampled either.
  if (traceparent !== undefined) put.addMeta({ [TRACEPARENT]: traceparent });
  return { span, context: api.trace.setSpan(parent, span) };
}

/** A task in a worker thread has no active span there: its puts belong to the trace of its job. */
function parentOf(api: Otel, { run }: Put): Context {
  const active = api.context.active();
  if (!run || api.trace.getSpan(active)) return active;
  return contextOf(api, linkTo(api, run.traceparent, 'put'));
}

function startSpan(api: Otel, { queue, jobs }: Put, parent: Context): Span {
  // A job with a trace context of its own, as one that is put again, keeps that.
  const links = jobs.flatMap(({ traceparent }) => linkTo(api, traceparent, 'put') ?? []);
  const kind = api.SpanKind.PRODUCER;
  const options = { kind, attributes: putAttributes(queue, jobs), links };
  return tracerOf(api).startSpan(spanName('send', queue), options, parent);
}

/** Another job may have the key of one: then that one is not stored (Q8). */
function noteTaken(span: Span, jobs: readonly Job[]): void {
  const taken = jobs.filter(({ wasThere }) => wasThere).length;
  if (taken > 0) span.addEvent('drover.key_taken', { 'drover.jobs': taken });
}
