// No job of a queue is claimed while the queue is paused (O2).
import type { Facts, JobFacts } from './facts.js';
import type { Violation } from './violation.js';

/** ms between the clocks of Redis and of the lines. */
const EXACT = 50;

interface Pause {
  queue: string;
  /** ms since 1970: from the acknowledged pause to the call that ends it. */
  from: number;
  to: number;
}

export function checkPauses(facts: Facts): Violation[] {
  const pauses = pausesIn(facts);
  return [...facts.jobs.values()].filter(isPlain).flatMap(({ id, stored, claims }) =>
    pauses.flatMap(({ queue, from, to }) => {
      if (queue !== stored?.queue) return [];
      return claims
        .filter((at) => at > from + EXACT && at < to - EXACT)
        .map((at) => ({
          rule: 'O2',
          job: id,
          what: `it was claimed ${Math.round(at - from)} ms after ${queue} was paused, and ${Math.round(to - at)} ms before it went on`,
        }));
    }),
  );
}

/**
 * A cancel, and the end by `beginBy`, claim a job to end it. A part that runs in a pack is claimed
 * for the stream when the pack is opened. Recovery goes on.
 */
function isPlain({ stored, cancelled, put }: JobFacts): boolean {
  return (
    stored !== undefined &&
    stored.lane !== 'system' &&
    stored.fields['parent'] === undefined &&
    !cancelled &&
    put?.due?.by === undefined
  );
}

/** Where several calls overlap, the time in which the queue is paused for certain. */
function pausesIn(facts: Facts): Pause[] {
  const pauses: Pause[] = [];
  const open = new Map<string, number>();
  for (const line of facts.lines) {
    if (line.what === 'paused' && line.acknowledged)
      open.set(line.queue, line.at + facts.redisClock);
    if (line.what !== 'resumed' || line.acknowledged) continue;
    const from = open.get(line.queue);
    open.delete(line.queue);
    const to = line.at + facts.redisClock;
    if (from !== undefined) pauses.push({ queue: line.queue, from, to });
  }
  return pauses;
}
