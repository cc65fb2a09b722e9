// Calls on all jobs that pass a filter say how many they have changed (Q11).
import { failureOf, type Facts, type JobFacts } from './facts.js';
import type { Violation } from './violation.js';

export function checkMany(facts: Facts): Violation[] {
  const groups = new Map<
    string,
    { how: string; jobs: readonly string[]; tried: number; done: number[] }
  >();
  for (const { how, jobs, done } of facts.all('changed all')) {
    const name = jobs[0] ?? '';
    const group = groups.get(name) ?? { how, jobs, tried: 0, done: [] };
    groups.set(name, group);
    if (done === undefined) group.tried++;
    else group.done.push(done);
  }
  return [...groups].flatMap(([name, { how, jobs, tried, done }]) => {
    const its = jobs.map((id) => facts.of(id));
    const most = Math.max(0, ...done);
    const sum = done.reduce((all, one) => all + one, 0);
    const changed = how === 'cancel' ? its.filter(isCancelled).length : numberOfRetries(its);
    // Each job is cancelled once, and counts in each call. A call that failed has changed some.
    const isWrong =
      how === 'cancel' ? changed < most : changed < sum || (tried === done.length && changed > sum);
    if (!isWrong) return [];
    const what = `${how}All of ${jobs.length} jobs said ${done.join(', ')}, and ${changed} were changed`;
    return [{ rule: 'Q11', job: name, what }];
  });
}

function isCancelled(job: JobFacts): boolean {
  return failureOf(job) === 'CancelledError';
}

function numberOfRetries(jobs: readonly JobFacts[]): number {
  return jobs.reduce((sum, { ends }) => sum + Math.max(0, ends.length - 1), 0);
}
