// What a call costs: the time that its caller waits, its commands, and what the longest of these
// takes of Redis.
import type { SentCommands, Spent } from '../sent-commands.js';

/** A call of the public face. */
export interface Call {
  name: string;
  call: () => Promise<unknown>;
}

export interface Cost {
  name: string;
  /** Until it is answered. */
  ms: number;
  commands: number;
  /** The command that took the most of a core. */
  longest: Spent;
}

/** How often the commands of a call are weighed. */
const RUNS = 2;

export async function costOf(sent: SentCommands, { name, call }: Call): Promise<Cost> {
  sent.begin(false);
  const startedAt = performance.now();
  await call();
  const cost = { name, ms: performance.now() - startedAt, commands: sent.count };
  const runs: Spent[][] = [];
  while (runs.length < RUNS) runs.push(await weigh(sent, call));
  return { ...cost, longest: most(leastOf(runs)) };
}

/** What each command of a call takes of Redis. */
export async function weigh(sent: SentCommands, call: Call['call']): Promise<Spent[]> {
  sent.begin(true);
  await call();
  return sent.spent;
}

function most(spent: readonly Spent[]): Spent {
  return spent.reduce((a, b) => (b.ms > a.ms ? b : a), { command: 'nothing', ms: 0 });
}

/**
 * Of each command the smallest figure, since the commands of other clients may come in between. A
 * call that reads sends the same commands in the same order each time.
 */
function leastOf([first = [], ...others]: readonly Spent[][]): Spent[] {
  const counted = others.map((run) => byCommand(run));
  return [...byCommand(first)].flatMap(([command, all]) =>
    all.map((ms, i) => ({
      command,
      ms: Math.min(ms, ...counted.map((run) => run.get(command)?.[i] ?? ms)),
    })),
  );
}

/** The figures of each command, in the order in which they were sent. */
export function byCommand(spent: readonly Spent[]): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const { command, ms } of spent) {
    const all = found.get(command) ?? [];
    found.set(command, all);
    all.push(ms);
  }
  return found;
}
