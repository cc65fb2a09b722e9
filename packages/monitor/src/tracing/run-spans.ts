// A span around each run of a task. It is active in the task, and belongs to the trace of the put
// of its job. It is finished when the outcome of the run is stored, with the time at which the task
// ended.
import { local, type Job } from '@drover/core';
import { jobAttributes, spanName } from './attributes.js';
import { noteOutcome } from './outcome.js';
import { guarded, otel, tracerOf, type Otel } from './otel.js';
import { linkPreviousRun, RunNote, type NotedRun } from './run-note.js';
import { contextOf, linkTo } from './trace-context.js';
import type { Ended } from './traced-dispatcher.js';

interface OpenRun extends NotedRun {
  /** From `performance.now()`. */
  begunAt: number;
  /** In ms since 1970; undefined while the task runs. */
  endedAt: number | undefined;
}

export class RunSpans {
  /** By job and fence. */
  readonly #open = new Map<string, OpenRun>();
  #isClosed = false;

  /** Middleware of a dispatcher. */
  readonly around = async (job: Job, next: () => Promise<unknown>): Promise<unknown> => {
    const api = this.#isClosed ? undefined : otel();
    const run = api && guarded(api, () => begin(api, job));
    if (!run) return await next();
    const inside = (): Promise<unknown> => api.context.with(run.context, next);
    if (!run.span.isRecording()) return await inside();
    this.#open.set(keyOf(job, local.fence), run);
    if (local.attempt > 1) await linkPreviousRun(run);
    const note = new RunNote(run);
    try {
      return await inside();
    } catch (thrown) {
      // The next run follows this one.
      note.write();
      throw thrown;
    } finally {
      run.endedAt = now(run);
      await note.end();
    }
  };

  /** Finishes the span of a run. Returns whether there was one. */
  finish(ended: Ended): boolean {
    const key = keyOf(ended.job, ended.fence);
    const run = this.#open.get(key);
    if (!run) return false;
    this.#open.delete(key);
    end(run, ended);
    return true;
  }

  /** Ends the spans whose runs did not end: their dispatcher has stopped. */
  endAll(): void {
    const how = { state: 'interrupted', failure: undefined, delay: undefined };
    for (const run of this.#open.values()) end(run, how);
    this.#open.clear();
  }

  /** No further spans are begun. */
  close(): void {
    this.#isClosed = true;
    this.endAll();
  }
}

function begin(api: Otel, job: Job): OpenRun {
  const { name: queue } = local.getQueue();
  const put = linkTo(api, job.traceparent, 'put');
  const parent = contextOf(api, put);
  const startTime = Date.now();
  const attributes = {
    ...jobAttributes('process', job, queue, local.getDispatcher().uuid),
    'drover.fence': local.fence,
  };
  const options = { kind: api.SpanKind.CONSUMER, attributes, startTime, links: put ? [put] : [] };
  const span = tracerOf(api).startSpan(spanName('process', queue), options, parent);
  const context = api.trace.setSpan(parent, span);
  const begunAt = performance.now();
  return { api, span, context, queue, startedAt: startTime, begunAt, endedAt: undefined };
}

function end(run: OpenRun, how: Parameters<typeof noteOutcome>[2]): void {
  const { api, span, endedAt = now(run) } = run;
  guarded(api, () => {
    noteOutcome(api, span, how, endedAt);
    span.end(endedAt);
  });
}

/** By the clock of the process, which is set while it runs, a run might end before it began. */
function now({ startedAt, begunAt }: OpenRun): number {
  return startedAt + (performance.now() - begunAt);
}

function keyOf({ id }: Job, fence: number): string {
  return `${id}/${fence}`;
}
