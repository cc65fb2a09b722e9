// Quotas: accepted runs that name one never overlap in greater number than its size (Q5).
import { QUOTAS } from '../plan.js';
import { acceptedRun, type Facts } from './facts.js';
import type { Violation } from './violation.js';

export function checkQuotas(facts: Facts): Violation[] {
  const found: Violation[] = [];
  for (const [name, size] of Object.entries(QUOTAS)) {
    const moments: { at: number; step: 1 | -1; job: string }[] = [];
    for (const job of facts.jobs.values()) {
      if (!job.put?.quotas?.includes(name)) continue;
      const run = acceptedRun(job);
      const start = job.starts.find((line) => line.run === run);
      const end = job.lines.find((line) => line.what === 'end' && line.run === run);
      if (start && end)
        moments.push({ at: start.at, step: 1, job: job.id }, { at: end.at, step: -1, job: job.id });
    }
    let count = 0;
    for (const { job, step } of moments.sort((a, b) => a.at - b.at || a.step - b.step)) {
      count += step;
      if (count > size)
        found.push({
          rule: 'Q5',
          job,
          what: `it ran beside ${count - 1} others under quota ${name} of ${size}`,
        });
    }
  }
  return found;
}
