// Spans of what happens to jobs beside their runs: a wait for other jobs, an end without a run, a
// cancel, the decision on an interrupt. They belong to the trace of the put; jobs that were put
// without traces have none.
import type { Job } from '@drover/core';
import type { Link, Span } from '@opentelemetry/api';
import { jobAttributes, spanName, type Operation } from './attributes.js';
import { noteOutcome } from './outcome.js';
import { guarded, otel, tracerOf, type Otel } from './otel.js';
import { noteOn } from './run-note.js';
import { contextOf, linkTo } from './trace-context.js';
import type { Decided, Ended, Failed } from './traced-dispatcher.js';

export class EndSpans {
  /** @param dispatcher its UUID */
  constructor(private readonly dispatcher: string) {}

  /** A job has ended, and its task was not called for that. */
  ended({ job, queue, beganAt, ...how }: Ended): void {
    const hasEnded = how.state === 'successful' || how.state === 'failed';
    const operation = beganAt === undefined ? 'settle' : 'wait';
    // A run of Drover's own tasks, such as that of a composite, only puts parts.
    if (!hasEnded || (beganAt === undefined && how.state !== 'failed')) return;
    this.#span(operation, job, queue, beganAt, (span, api) =>
      noteOutcome(api, span, how, Date.now()),
    );
  }

  /** A cancel has ended a job that may have run elsewhere (O1). */
  cancelled({ job, queue, failure }: Failed): void {
    this.#span('cancel', job, queue, undefined, (span) => {
      span.setAttribute('drover.outcome', 'failed');
      span.setAttribute('error.type', failure.name);
    });
  }

  /** An interrupted job runs again, waits on, or has ended (I3). */
  decided({ job, queue, fence, interruptedAt, ...how }: Decided): void {
    const { dispatcher, times } = job;
    this.#span('interrupt', job, queue, interruptedAt, (span, api) => {
      const run = linkTo(api, noteOn(job), 'interrupted run');
      if (run) span.addLink(run);
      span.setAttribute('drover.interrupted.fence', fence);
      if (dispatcher !== undefined) span.setAttribute('drover.interrupted.dispatcher', dispatcher);
      if (times.started !== undefined)
        span.setAttribute('drover.interrupted.began', new Date(times.started).toISOString());
      noteOutcome(api, span, how, Date.now());
    });
  }

  /** @param since its start, in ms since 1970. Default: now */
  #span(
    operation: Operation,
    job: Job,
    queue: string,
    since: number | undefined,
    complete: (span: Span, api: Otel) => void,
  ): void {
    const api = otel();
    const put: Link | undefined = api && linkTo(api, job.traceparent, 'put');
    if (!api || !put) return;
    guarded(api, () => {
      const end = Date.now();
      const attributes = jobAttributes(operation, job, queue, this.dispatcher);
      // Redis's clock may be ahead of that of this host.
      const options = { attributes, links: [put], startTime: Math.min(since ?? end, end) };
      const name = spanName(operation, queue);
      const span = tracerOf(api).startSpan(name, options, contextOf(api, put));
      complete(span, api);
      span.end(end);
    });
  }
}
