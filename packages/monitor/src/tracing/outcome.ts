// How a run, or a job without one, ended, as status, exception and events of a span.
import type { Span } from '@opentelemetry/api';
import { Failure } from '@drover/core';
import type { Otel } from './otel.js';
import type { Ended } from './traced-dispatcher.js';

/** Ends that come from outside of the task, with the message of their status. */
const FROM_OUTSIDE: Readonly<Record<string, string>> = {
  interrupted: 'its dispatcher stopped while it ran',
  reassigned: 'its job was interrupted or cancelled while it ran: its result was refused',
  'dead letter': 'its job is a dead letter',
};

/** @param at when the run ended, in ms since 1970 */
export function noteOutcome(
  api: Otel,
  span: Span,
  { state = 'dead letter', failure, delay }: Pick<Ended, 'state' | 'failure' | 'delay'>,
  at: number,
): void {
  span.setAttribute('drover.outcome', state);
  if (failure) recordError(api, span, failure, at);
  if (delay !== undefined) span.addEvent('drover.retry', { 'drover.delay': delay }, at);
  const message = FROM_OUTSIDE[state];
  if (message === undefined) return;
  span.addEvent(`drover.${state.replace(' ', '_')}`, undefined, at);
  span.setStatus({ code: api.SpanStatusCode.ERROR, message });
}

/** Records what was thrown, with its name, message and stack. */
export function recordError(api: Otel, span: Span, thrown: unknown, at?: number): void {
  const { name, message, stack } = Failure.from(thrown);
  span.recordException({ name, message, ...(stack !== undefined && { stack }) }, at);
  span.setAttribute('error.type', name);
  span.setStatus({ code: api.SpanStatusCode.ERROR, message });
}
