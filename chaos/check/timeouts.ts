// A run that takes longer than its `timeout` is not accepted, and none is ended before that (J10).
import { acceptedRun, endOf, failureOf, type Facts } from './facts.js';
import type { Violation } from './violation.js';

/** ms by which a body must take longer, so that no order of timers explains its end. */
const CLEARLY = 200;
/** ms: times are whole, and lines are written a moment after what they tell. */
const EXACT = 50;

export function checkTimeouts(facts: Facts): Violation[] {
  return [...facts.jobs.values()].flatMap((job) => {
    const { limit, takes } = job.put?.timeout ?? {};
    const end = endOf(job);
    if (limit === undefined || takes === undefined || !end) return [];
    const violation = (what: string) => [{ rule: 'J10', job: job.id, what }];
    if (acceptedRun(job) !== undefined && takes > limit + CLEARLY)
      return violation(`a run of ${takes} ms was accepted, with a timeout of ${limit} ms`);
    const last = job.starts.at(-1);
    if (failureOf(job) !== 'TimeoutError' || !last) return [];
    const took = Number(end.at.split('-')[0]) - facts.redisClock - last.at;
    return took < limit - EXACT
      ? violation(`it timed out ${Math.round(took)} ms after it began, with ${limit} ms`)
      : [];
  });
}
