// Why the job is where it is, what to do, and the jobs and dispatchers that the sentence is about.
import type { Explanation } from '@drover/core';
import { DispatcherLink, TaskLink } from '../../parts/links.js';
import { Text } from '../../parts/text.js';

/** So many are linked. */
const MOST = 12;

export function Why({ of }: { of: Explanation }) {
  const jobs = named(of, isJob).slice(0, MOST);
  const dispatchers = named(of, isDispatcher).slice(0, MOST);
  return (
    <section class={`why ${toneOf(of)}`} aria-label="Why it is not done" aria-live="polite">
      <p class="why-sentence">
        <Text of={of.sentence} />
      </p>
      {of.advice !== '' && (
        <p>
          <Text of={of.advice} />
        </p>
      )}
      {jobs.length + dispatchers.length > 0 && (
        <p class="why-links">
          {jobs.map((job) => (
            <TaskLink key={job.id} of={job} />
          ))}
          {dispatchers.map(({ uuid }) => (
            <span key={uuid}>
              dispatcher <DispatcherLink uuid={uuid} />
            </span>
          ))}
        </p>
      )}
    </section>
  );
}

/** Reasons that stay until somebody does something. */
const STUCK = new Set<Explanation['reason']>([
  ...(['set-aside', 'quota-gone', 'rate-limit-gone', 'in-no-list', 'lane-unserved'] as const),
  ...(['task-not-taken', 'unknown-task', 'unknown-policy', 'unknown-codec'] as const),
  ...(['dependency-gone', 'no-holder', 'failed'] as const),
]);
const SLOW = new Set<Explanation['reason']>([
  ...(['paused', 'dispatchers-blocked', 'dispatcher-blocked', 'dispatcher-gone'] as const),
  ...(['interrupt-pending', 'cancel-pending', 'lane-limited'] as const),
]);

function toneOf({ reason }: Explanation): string {
  if (STUCK.has(reason)) return 'bad';
  if (SLOW.has(reason)) return 'warn';
  return reason === 'completed' ? 'good' : 'calm';
}

interface NamedJob {
  id: string;
  task: string;
  queue: string;
}

/** All facts of that kind in an explanation, whatever its reason is. */
function named<T>(why: Explanation, is: (fact: object) => fact is T & object): T[] {
  const facts = Object.values(why).flat() as unknown[];
  return facts.filter((fact) => typeof fact === 'object' && fact !== null && is(fact)) as T[];
}

function isJob(fact: object): fact is NamedJob {
  return 'id' in fact && 'task' in fact && 'queue' in fact;
}

function isDispatcher(fact: object): fact is { uuid: string } {
  return 'uuid' in fact;
}
