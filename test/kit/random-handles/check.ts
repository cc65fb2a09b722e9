// Checks a run of graphs by its ledger: with which arguments bodies ran, how often, and that none
// ran after a removal.
import type { Job } from '@drover/core';
import type { Entry } from './ledger.js';

interface Made {
  args: string;
  added: number;
}

/**
 * @param read reads a job that is stored still, to see how often it was interrupted
 * @param mostInterrupts how often a job that is not stored any more may have been interrupted
 * @returns each violation, beginning with the name of its graph where that is known
 */
export async function oddRuns(
  entries: readonly Entry[],
  read: (id: string) => Promise<Job | undefined>,
  mostInterrupts: number,
): Promise<string[]> {
  const found: string[] = [];
  const made = new Map<string, Made>();
  const takenOut = new Set<string>();
  const runs = new Map<string, number>();
  for (const entry of entries) {
    if (entry.what === 'made') made.set(entry.id, entry);
    else if (entry.what === 'taken out') takenOut.add(entry.id);
    else {
      const job = `${graphIn(entry.args, made.get(entry.id))}: ${entry.task} ${entry.id}`;
      runs.set(entry.id, (runs.get(entry.id) ?? 0) + 1);
      if (takenOut.has(entry.id)) found.push(`${job} ran after it was taken out`);
      const odd = oddArgs(entry.args, made.get(entry.id));
      if (odd) found.push(`${job} ${odd}`);
    }
  }
  for (const [id, count] of runs) {
    if (count === 1) continue;
    const job = await read(id);
    const most = 1 + (job?.interruptions ?? mostInterrupts);
    const where = graphIn([], made.get(id));
    if (count > most)
      found.push(
        `${where}: ${id} (${made.get(id)?.args}) ran ${count} times, with ${job?.interruptions} interruptions`,
      );
  }
  return found;
}

function oddArgs(args: readonly string[], made: Made | undefined): string | undefined {
  if (!made) return `ran with (${args.join()}), though nobody made it to be put`;
  const bound = args.slice(0, args.length - made.added).join();
  if (bound === made.args) return undefined;
  return `ran with (${args.join()}) instead of (${made.args}) and ${made.added} more`;
}

/** The name of the graph, which stands at the head of all names in it. */
function graphIn(args: readonly string[], made: Made | undefined): string {
  return /\bg\d+\b/.exec(made?.args ?? args.join())?.[0] ?? 'a graph';
}
