// Every lane that has jobs is seen by a process that begins now, also where Redis has lost its name
// (Q6).
import { Queue } from '@drover/core';
import type { Facts } from './facts.js';
import type { Violation } from './violation.js';

/** Looks for one job of each lane through the public face. */
export async function checkSeen(url: string, prefix: string, facts: Facts): Promise<Violation[]> {
  const found: Violation[] = [];
  const looked = new Set<string>();
  for (const { id, stored } of facts.jobs.values()) {
    if (!stored?.queue || looked.has(`${stored.queue}/${stored.lane}`)) continue;
    looked.add(`${stored.queue}/${stored.lane}`);
    const queue = new Queue(stored.queue, { connection: url, prefix });
    const job = await queue.get(id);
    if (!job)
      found.push({
        rule: 'Q6',
        job: id,
        what: `nobody finds it in lane ${stored.lane} of ${stored.queue}`,
      });
    await queue.close();
  }
  return found;
}
