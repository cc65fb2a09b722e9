// For how long the jobs of one task have waited and run, in two histograms of constant size.
// Node's own histogram is an HDR histogram: a record costs 40 ns, and adding two is exact.
import { createHistogram } from 'node:perf_hooks';

/**
 * Times in ms, right to one percent: half of the jobs, 95 and 99 of a hundred took no longer. A
 * time of more than a week counts as a week.
 */
export interface Percentiles {
  /** The number of jobs. */
  count: number;
  p50: number;
  p95: number;
  p99: number;
}

/** Percentiles of jobs that have ended with a value or a failure. Undefined without such a job. */
export interface TimesOfJobs {
  /** From when a job was due to its start. */
  waited: Percentiles | undefined;
  /** From the first start of a job to its end; with the time for which it waited for others. */
  duration: Percentiles | undefined;
}

/** ms. */
const LONGEST = 7 * 24 * 3_600_000;
/** With two figures a histogram takes 26 kB. The shortest time that Node records is 1. */
const SHAPE = { lowest: 1, highest: LONGEST + 1, figures: 2 };

export class Times {
  readonly #waited = createHistogram(SHAPE);
  readonly #duration = createHistogram(SHAPE);

  /** Counts a job. Times in ms; undefined: unknown. */
  record(waited: number | undefined, duration: number | undefined): void {
    if (waited !== undefined) this.#waited.record(toRecorded(waited));
    if (duration !== undefined) this.#duration.record(toRecorded(duration));
  }

  add(other: Times): void {
    this.#waited.add(other.#waited);
    this.#duration.add(other.#duration);
  }

  get percentiles(): TimesOfJobs {
    return { waited: percentilesOf(this.#waited), duration: percentilesOf(this.#duration) };
  }
}

function toRecorded(ms: number): number {
  return Math.min(Math.max(0, Math.round(ms)), LONGEST) + 1;
}

function percentilesOf(histogram: ReturnType<typeof createHistogram>): Percentiles | undefined {
  const { count } = histogram;
  if (count === 0) return undefined;
  const at = (percent: number): number => histogram.percentile(percent) - 1;
  return { count, p50: at(50), p95: at(95), p99: at(99) };
}
