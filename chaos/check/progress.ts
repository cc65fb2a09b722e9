// How far a composite is: its parts are counted once each, and none of the completed ones becomes
// another (C6).
import { triedRetries, type Facts } from './facts.js';
import type { Counts } from '../history.js';
import type { Violation } from './violation.js';

export function checkProgress(facts: Facts): Violation[] {
  const found: Violation[] = [];
  const last = new Map<string, Counts>();
  for (const { of, counts } of facts.all('progress')) {
    const add = (what: string): void =>
      void found.push({ rule: 'C6', job: of, what: `${what}: ${JSON.stringify(counts)}` });
    const { parts, completed, failed, active, pending } = counts;
    if (completed + active + pending !== parts) add('its parts are not all counted once');
    if (failed > completed) add('more parts have failed than are completed');
    const before = last.get(of);
    last.set(of, counts);
    if (!before || triedRetries(facts.of(of), facts) > 0) continue;
    if (completed < before.completed) add(`${before.completed} parts were completed before`);
    if (parts < before.parts) add(`it had ${before.parts} parts before`);
  }
  return found;
}
