// The one call that a producer or a worker makes for traces.
import { aroundPuts, checkOptions, InvalidArgumentError } from '@drover/core';
import { EndSpans } from './end-spans.js';
import { otel } from './otel.js';
import { tracePut } from './put-spans.js';
import { RunSpans } from './run-spans.js';
import type { TracedDispatcher, TracedEvents } from './traced-dispatcher.js';

export interface TracingOptions {
  /** A dispatcher whose runs are traced. Default: only the puts of this process are. */
  dispatcher?: TracedDispatcher;
}

export interface Tracing {
  /** Makes no further spans, and ends those that are open. */
  close(): void;
}

/** Recovery's lane: its jobs decide about others (I8). */
const SYSTEM_AGENT = 'system';

/** How many calls want the puts of this process traced. */
let users = 0;
let stopPuts: (() => void) | undefined;

/**
 * Makes OpenTelemetry spans of the puts of this process, and of the runs of a dispatcher, from now
 * on. The trace context of a put goes with its jobs, their parts and callbacks
 * (`job.traceparent`), so that all of it is one trace, in whatever processes. Call it once in a
 * producer, and once for each dispatcher, before `activate`. It uses the SDK that the application
 * has registered with `@opentelemetry/api`: before this call, or later, for runs before `activate`.
 * While there is none, nothing is loaded, made or stored. What the SDK does not sample is not
 * recorded.
 * @throws InvalidArgumentError for a bad option
 */
export function enableTracing(options: TracingOptions = {}): Tracing {
  checkOptions('enableTracing', options, ['dispatcher']);
  const { dispatcher } = options;
  if (dispatcher !== undefined) checkDispatcher(dispatcher);
  if (users++ === 0) stopPuts = aroundPuts(tracePut);
  const stopRuns = dispatcher && traceRuns(dispatcher);
  let isClosed = false;
  return {
    close() {
      if (isClosed) return;
      isClosed = true;
      if (--users === 0) stopPuts?.();
      stopRuns?.();
    },
  };
}

/** @throws InvalidArgumentError */
function checkDispatcher(dispatcher: unknown): asserts dispatcher is TracedDispatcher {
  const { use, on } = (dispatcher ?? {}) as Partial<TracedDispatcher>;
  if (typeof use === 'function' && typeof on === 'function') return;
  throw new InvalidArgumentError('dispatcher must be a Dispatcher of @drover/worker');
}

/**
 * Middleware and listeners cost each run a little, so there are none before an SDK is registered:
 * now, or when the dispatcher is activated.
 */
function traceRuns(dispatcher: TracedDispatcher): () => void {
  let stop: (() => void) | undefined;
  const begin = (): void => {
    if (otel()) stop ??= listen(dispatcher);
  };
  begin();
  dispatcher.on('activated', begin);
  return () => {
    dispatcher.off('activated', begin);
    stop?.();
  };
}

type Listeners = { [Event in keyof TracedEvents]: (about: TracedEvents[Event]) => void };

function listen(dispatcher: TracedDispatcher): () => void {
  const runs = new RunSpans();
  const ends = new EndSpans(dispatcher.uuid);
  const listeners: Listeners = {
    ended: (ended) => {
      if (!runs.finish(ended)) ends.ended(ended);
    },
    failed: (failed) => {
      if (failed.agent === SYSTEM_AGENT) ends.cancelled(failed);
    },
    interruptDecided: (decided) => ends.decided(decided),
    deactivated: () => runs.endAll(),
  };
  const all = Object.entries(listeners);
  dispatcher.use(runs.around);
  for (const [event, listener] of all) dispatcher.on(event, listener);
  return () => {
    for (const [event, listener] of all) dispatcher.off(event, listener);
    runs.close();
  };
}
