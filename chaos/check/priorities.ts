// Jobs keep their priority, also where they were retried or put back; and those of a lane that
// nothing has happened to are claimed by priority, first-in first-out within one (Q7).
import { isMoved } from './updates.js';
import { parse, type Facts, type JobFacts, type Move } from './facts.js';
import type { Violation } from './violation.js';

const PLAIN = new Set(['fast', 'slow', 'blocking', 'failing', 'lane']);

export function checkPriorities(facts: Facts): Violation[] {
  return [
    ...[...facts.jobs.values()].flatMap(wrongPriority),
    ...[...facts.moves.values()].flatMap((lane) => wrongOrder(lane, facts)),
  ];
}

function wrongPriority(job: JobFacts): Violation[] {
  const { id, put, stored } = job;
  if (!stored || put?.priority === undefined || isMoved(job)) return [];
  const { priority } = (parse(stored.fields['opts']) ?? {}) as { priority?: number };
  const what = `it was put with priority ${put.priority}, and has ${priority ?? 0}`;
  return (priority ?? 0) === put.priority ? [] : [{ rule: 'Q7', job: id, what }];
}

/** Of two jobs that stand in the lane together, the first one is claimed first. */
function wrongOrder(lane: readonly Move[], facts: Facts): Violation[] {
  const found: Violation[] = [];
  const waiting: JobFacts[] = [];
  for (const { event, job: id } of lane) {
    const job = facts.of(id);
    if (!isUndisturbed(job)) continue;
    if (event === 'waiting') waiting.push(job);
    else {
      const own = waiting.indexOf(job);
      const first = waiting.find(
        (other, i) =>
          priorityOf(other) < priorityOf(job) || (priorityOf(other) === priorityOf(job) && i < own),
      );
      if (own === -1) continue;
      waiting.splice(own, 1);
      if (!first) continue;
      const what = `it has priority ${priorityOf(job)}, and was claimed before ${first.id}, which has ${priorityOf(first)} and stood in the lane before it`;
      found.push({ rule: 'Q7', job: id, what });
    }
  }
  return found;
}

/** It was put by itself, stood in its lane from its put on, and was claimed once. */
function isUndisturbed(job: JobFacts): boolean {
  const { put, parent, claims, ends, cancelled, retried } = job;
  return (
    put !== undefined &&
    PLAIN.has(put.kind) &&
    parent === undefined &&
    claims.length === 1 &&
    ends.length === 1 &&
    !cancelled &&
    retried.tried === 0 &&
    !isMoved(job)
  );
}

function priorityOf({ put }: JobFacts): number {
  return put?.priority ?? 0;
}
