// Random graphs of handles by a seed, and the report of what was wrong with them.
import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { graphs, type Graph } from './graphs.js';
import type { Fleet } from './fleet-face.js';
import { runGraphs } from './run.js';

/** So many are under way at once. */
const BATCH = 300;

/**
 * Runs `count` random graphs, many at a time, and throws what was wrong with any of them, with what
 * repeats it. `$DROVER_SEED` repeats
 * those of an earlier run; with `$DROVER_CASE` that one alone, which is made as small as it can be
 * while it fails.
 */
export async function expectGraphs(count: number, fleet: Fleet, batch = BATCH): Promise<void> {
  const seed = Number(process.env['DROVER_SEED'] ?? randomInt(2 ** 31));
  const only = process.env['DROVER_CASE'];
  if (only !== undefined) return await expectOne(seed, only, fleet);
  const all = fc.sample(graphs, { numRuns: count, seed });
  for (let first = 0; first < all.length; first += batch) {
    const some = all.slice(first, first + batch);
    fleet.startLedger();
    const found = await runGraphs(some, first, fleet);
    if (found.length > 0) throw new Error(`${found.length} faults\n${report(found, all, seed)}`);
  }
}

async function expectOne(seed: number, path: string, fleet: Fleet): Promise<void> {
  const isRight = fc.asyncProperty(graphs, async (graph) => {
    fleet.startLedger();
    const found = await runGraphs([graph], 0, fleet);
    if (found.length > 0) throw new Error(found.join('\n'));
  });
  await fc.assert(isRight, { seed, path, numRuns: 1, interruptAfterTimeLimit: 200_000 });
}

/** The violations, graph by graph. */
function report(found: readonly string[], all: readonly Graph[], seed: number): string {
  const byGraph = new Map<number, string[]>();
  for (const each of found) {
    const number = Number(/^g(\d+)/.exec(each)?.[1] ?? -1);
    byGraph.set(number, [...(byGraph.get(number) ?? []), each]);
  }
  return [...byGraph]
    .map(([number, its]) => {
      const graph = number < 0 ? '' : `\n  ${JSON.stringify(all[number])}`;
      const repeat = number < 0 ? '' : `\n  repeat: DROVER_SEED=${seed} DROVER_CASE=${number}`;
      return `${its.join('\n')}${graph}${repeat}`;
    })
    .join('\n');
}
