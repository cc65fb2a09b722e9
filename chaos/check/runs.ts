// Runs: each but the first is explained by an interrupt or a retry; interrupts are counted once
// (I4, I7).
import { triedRetries, type Facts } from './facts.js';
import { isClosing } from './rate-limits.js';
import type { Violation } from './violation.js';

export function checkRuns(facts: Facts): Violation[] {
  const found: Violation[] = [];
  const interrupts = new Map<string, number>();
  for (const { id, stored } of facts.jobs.values()) {
    const [of, kind] = id.split('.');
    if (stored?.lane === 'system' && of && kind === 'interrupt')
      interrupts.set(of, (interrupts.get(of) ?? 0) + 1);
  }
  for (const job of facts.jobs.values()) {
    const { id, stored, starts } = job;
    if (!stored || stored.lane === 'system') continue;
    const { interruptions = '0', retries = '0' } = stored.fields;
    const seizes = interrupts.get(id) ?? 0;
    if (Number(interruptions) !== seizes) {
      found.push({
        rule: 'I4',
        job: id,
        what: `${interruptions} interruptions are counted, and there were ${seizes}`,
      });
    }
    const fences = new Set(starts.map(({ fence }) => fence));
    if (fences.size < starts.length)
      found.push({ rule: 'doubled', job: id, what: 'one claim was started twice' });
    // A run that has closed a rate limit is no retry.
    const closing = job.lines.filter(isClosing).length;
    const most = 1 + Number(interruptions) + Number(retries) + closing + triedRetries(job, facts);
    if (fences.size > most) {
      const what = `it was started ${fences.size} times, with ${interruptions} interruptions and ${retries} retries`;
      found.push({ rule: 'doubled', job: id, what });
    }
  }
  return found;
}
