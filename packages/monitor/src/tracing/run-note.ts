// The note of a long run on its job: the span of the run. It outlives the process, so the spans of
// the interrupt and of the next run can link to a run whose own span was never exported.
import type { Context, Span } from '@opentelemetry/api';
import { local, type Job } from '@drover/core';
import { spanName } from './attributes.js';
import { guarded, tracerOf, type Otel } from './otel.js';
import { linkTo, toTraceparent } from './trace-context.js';

/** The name of the annotation. */
const NOTE = 'drover.span';
/** Ms. Runs that end earlier leave no note: one would cost more than the rest of the run. */
const AFTER = 1_000;

/** A run that is traced. */
export interface NotedRun {
  api: Otel;
  span: Span;
  /** With the span in it. */
  context: Context;
  queue: string;
  /** In ms since 1970. */
  startedAt: number;
}

/** Inside of a run: notes its span once it takes long. The run calls `end` before it ends. */
export class RunNote {
  #noted: Promise<void> | undefined;
  readonly #timer: NodeJS.Timeout;

  constructor(private readonly run: NotedRun) {
    this.#timer = setTimeout(() => {
      this.write();
      guarded(run.api, () => this.#export());
    }, AFTER).unref();
  }

  /** Resolves when a write that is under way has ended: later it would be refused (I5). */
  async end(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#noted;
  }

  /** Writes the note, unless it is there. Without it the next run has one link less. */
  write(): void {
    const { api, span } = this.run;
    this.#noted ??= local.setLiveAnnotation(NOTE, toTraceparent(api, span)).catch(() => {});
  }

  /**
   * A span inside of the one of the run, which is exported while that is open. It shows that the
   * run has begun, also where its process dies.
   */
  #export(): void {
    const { api, context, queue, startedAt } = this.run;
    const name = `${spanName('process', queue)} goes on`;
    const attributes = { 'drover.after': AFTER };
    tracerOf(api).startSpan(name, { startTime: startedAt, attributes }, context).end();
  }
}

/** Inside of a run: links its span to that of the run before, where that has left a note. */
export async function linkPreviousRun({ api, span }: NotedRun): Promise<void> {
  const note = await local.getLiveAnnotation(NOTE).catch(() => undefined);
  const link = linkTo(api, note, 'previous run');
  if (link) span.addLink(link);
}

/** The note on a job that was read; undefined where there is none. */
export function noteOn(job: Job): unknown {
  try {
    return job.annotations[NOTE];
  } catch {
    // Another annotation needs a codec that this process does not know (J4).
    return undefined;
  }
}
